import * as z from 'zod';
import { artifactKindSchema, segmentSchema } from '../artifacts/artifact.ts';
import { FUNCTIONS } from '../constants.ts';
import { nodeIdSchema } from '../ids.ts';
import { syncRequestSchema } from '../sync/sync-request.ts';
import { timestampSchema } from '../time.ts';
import { define } from './define-event.ts';

const data = { kind: artifactKindSchema, name: segmentSchema };

/** Data that is new, missing or too old somewhere, and what is done about it. */
const syncEvents = {
  DataProduced: define({
    description:
      'A node has made data. What was put there is brought into the store at once where the node can vanish, or the event says that it is urgent.',
    producers: ['pipeline', 'drover-cli'],
    consumers: [FUNCTIONS.dispatchSync],
    fields: z.object({
      ...data,
      nodeId: nodeIdSchema,
      /** Brought at once, whatever the node is. */
      urgent: z.boolean().optional(),
      reason: z.string().min(1).max(200).optional(),
    }),
  }),
  TrainingStarted: define({
    description: 'A node starts to train: the newest data of that name goes to this node first.',
    producers: ['pipeline'],
    consumers: [FUNCTIONS.dispatchSync],
    fields: z.object({
      name: segmentSchema,
      nodeId: nodeIdSchema,
      /** Default: npz. */
      kind: artifactKindSchema.optional(),
      /** So many of the newest; default: `newest` of the section `sync`. */
      newest: z.int().positive().max(100).optional(),
    }),
  }),
  DataStale: define({
    description:
      'Somebody works with data that is too old: every node that holds data back brings it into the store now.',
    producers: ['pipeline'],
    consumers: [FUNCTIONS.dispatchSync],
    fields: z.object({ ...data, dataAgeSeconds: z.number().nonnegative().optional() }),
  }),
  SyncRequested: define({
    description: 'Artifacts are to go to nodes.',
    producers: ['pipeline', 'drover-cli', FUNCTIONS.sweepDeliveries],
    consumers: [FUNCTIONS.dispatchSync],
    fields: syncRequestSchema,
  }),
  SyncHeld: define({
    description: 'A sync was not started: it says why, and nothing of it comes by itself.',
    producers: [FUNCTIONS.dispatchSync],
    consumers: 'audit-only',
    fields: z.object({
      reason: z.enum(['egress-budget', 'nothing-matches']),
      detail: z.string(),
      requestedBy: z.string(),
    }),
  }),
  EgressBudgetReached: define({
    description: 'Syncs have used so much of what the nodes may take from the store in a day.',
    producers: [FUNCTIONS.dispatchSync],
    consumers: 'audit-only',
    fields: z.object({
      day: z.string(),
      usedBytes: z.int().nonnegative(),
      budgetBytes: z.number().positive(),
      /** 80: a warning. 100: only critical syncs start until the day (UTC) ends. */
      percent: z.union([z.literal(80), z.literal(100)]),
      endsAt: timestampSchema,
    }),
  }),
} as const;

export { syncEvents };
