import * as z from 'zod';
import { artifactIdSchema, nodeIdSchema } from '../ids.ts';
import { timestampSchema } from '../time.ts';

/** One repair that was begun: a `push` of the node's copy into the store, or a `pull` from the store to the node. */
const repairSchema = z.object({
  repairId: z.string(),
  action: z.enum(['push', 'pull']),
  artifactId: artifactIdSchema,
  nodeId: nodeIdSchema,
  startedAt: timestampSchema,
  /** Then it counts as failed, and its place is free. */
  deadlineAt: timestampSchema,
});
type Repair = z.infer<typeof repairSchema>;

const outcomeCountsSchema = z.object({
  /** The hour that is counted, e.g. `2026-01-01T10`. */
  hour: z.string(),
  succeeded: z.int().nonnegative(),
  failed: z.int().nonnegative(),
});

/** All repairs of the fleet in one item, so that its limits are exact: `REPLICATION` / `repairs`. */
const repairLedgerSchema = z.object({
  /** The token bucket: how many repairs may begin, as of `refilledAt`. */
  tokens: z.number().nonnegative(),
  refilledAt: timestampSchema,
  running: z.record(z.string(), repairSchema),
  /** How repairs ended, this hour and the one before. */
  outcomes: z.array(outcomeCountsSchema).max(2),
  revision: z.int().positive(),
});
type RepairLedger = z.infer<typeof repairLedgerSchema>;
type NextLedger = Omit<RepairLedger, 'revision'>;

export type { NextLedger, Repair, RepairLedger };
export { repairLedgerSchema };
