import * as z from 'zod';
import { artifactKindSchema, labelsSchema, segmentSchema } from '../artifacts/artifact.ts';
import { artifactIdSchema, nodeIdSchema } from '../ids.ts';

const MAX_NODES = 1000;

/** Which artifacts: one by its id, or the newest of a name. */
const syncQuerySchema = z.union([
  z.strictObject({ artifactId: artifactIdSchema }),
  z.strictObject({
    name: segmentSchema,
    kind: artifactKindSchema.optional(),
    /** Every label that is given must fit. */
    labels: labelsSchema.optional(),
    /** So many of the newest; default 1. */
    newest: z.int().positive().max(100).optional(),
  }),
]);
type SyncQuery = z.infer<typeof syncQuerySchema>;

/** Higher goes first where not everything can go. `critical` also goes when the day's egress budget is used up. */
const syncPrioritySchema = z.enum(['critical', 'high', 'normal', 'low', 'background']);

/** What is to go where. */
const syncRequestSchema = z.object({
  query: syncQuerySchema,
  /** Absent: every eligible node. */
  targets: z.array(nodeIdSchema).min(1).max(MAX_NODES).optional(),
  /** Nodes that get nothing of this sync; for this one only, so that no exclusion outlives what it was meant for. */
  exclude: z.array(nodeIdSchema).max(MAX_NODES).optional(),
  priority: syncPrioritySchema.optional(),
  timeoutSeconds: z.int().min(1).max(86_400).optional(),
  reason: z.string().min(1).max(200),
});
type SyncRequest = z.infer<typeof syncRequestSchema>;

export type { SyncQuery, SyncRequest };
export { syncPrioritySchema, syncQuerySchema, syncRequestSchema };
