import * as z from 'zod';
import { FUNCTIONS } from '../constants.ts';
import { nodeIdSchema } from '../ids.ts';
import { timestampSchema } from '../time.ts';
import { define } from './define-event.ts';

const aboutNode = { nodeId: nodeIdSchema, provider: z.string(), instanceId: z.string() };
/** Millionths of a dollar per hour; absent = the provider does not say. */
const microUsdPerHour = z.int().nonnegative().optional();

/** What idle shutdown does, and what stands in its way. */
const idleEvents = {
  NodeDrainStarted: define({
    description: 'A node was idle long enough: its agent is told to drain.',
    producers: [FUNCTIONS.shutDownIdle],
    consumers: 'audit-only',
    fields: z.object({
      ...aboutNode,
      drainId: z.string(),
      epoch: z.int().positive(),
      idleSince: timestampSchema.optional(),
      drainUntil: timestampSchema,
      microUsdPerHour,
    }),
  }),
  NodeDrainCancelled: define({
    description:
      'A drain, or an end that the provider had not accepted yet, is over and the node works again: it was used, is wanted, or did not answer.',
    producers: [FUNCTIONS.shutDownIdle],
    consumers: 'audit-only',
    fields: z.object({ ...aboutNode, drainId: z.string(), reason: z.string() }),
  }),
  NodeDrainStuck: define({
    description:
      'A drain ended without the node: no acknowledgement came, or something would have been lost. Nothing was killed; the blockers say what it holds.',
    producers: [FUNCTIONS.shutDownIdle],
    consumers: 'audit-only',
    fields: z.object({
      ...aboutNode,
      drainId: z.string(),
      reason: z.string(),
      blockers: z.array(z.string()),
    }),
  }),
  NodeTerminating: define({
    description: 'The end of a node was decided: its provider is asked until a complete listing lacks it.',
    producers: [FUNCTIONS.shutDownIdle],
    consumers: 'audit-only',
    fields: z.object({
      ...aboutNode,
      terminationId: z.string(),
      reason: z.string(),
      forcedBy: z.string().optional(),
      microUsdPerHour,
    }),
  }),
  NodeTerminationStuck: define({
    description: 'A termination has taken more than ten minutes: the instance may still cost money.',
    producers: [FUNCTIONS.shutDownIdle],
    consumers: 'audit-only',
    fields: z.object({
      ...aboutNode,
      terminationId: z.string(),
      requestedAt: timestampSchema,
      attempts: z.int().nonnegative(),
      reason: z.string(),
      /** What a person can do, in one sentence. */
      wayOut: z.string(),
      detail: z.string().optional(),
    }),
  }),
  NodeTerminated: define({
    description: 'A complete listing confirms that the instance of a node that was to end is gone.',
    producers: [FUNCTIONS.reconcileInstances],
    consumers: 'audit-only',
    fields: z.object({
      ...aboutNode,
      terminationId: z.string().optional(),
      reason: z.string(),
      microUsdPerHour,
    }),
  }),
  NodeWouldBeTerminated: define({
    description: 'In the mode `observe`: this node would have been terminated now. Nothing was done.',
    producers: [FUNCTIONS.shutDownIdle],
    consumers: 'audit-only',
    fields: z.object({
      ...aboutNode,
      drainId: z.string(),
      /** What was taken for granted, because no drain really happened. */
      assumed: z.array(z.string()),
      microUsdPerHour,
    }),
  }),
} as const;

export { idleEvents };
