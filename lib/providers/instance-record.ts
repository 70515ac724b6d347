import * as z from 'zod';
import { nodeIdSchema } from '../ids.ts';
import { timestampSchema } from '../time.ts';
import { instanceSchema } from './instance.ts';
import { meterSchema } from './meter.ts';

/**
 * What we know of one instance over time. It is written only when something of it changed, so utilization, which changes
 * with every listing, is left out: nodes report their own.
 */
const instanceRecordSchema = z.object({
  instance: instanceSchema.omit({ gpuUtilizationPercent: true }),
  /** Ours: not every provider tells when it was made. */
  firstSeenAt: timestampSchema,
  /** Believed complete listings in a row that lack it, and the first of them. */
  misses: z.int().nonnegative(),
  missedAt: timestampSchema.optional(),
  /** The number of the last listing that lacked it. */
  missedListing: z.int().nonnegative().optional(),
  goneAt: timestampSchema.optional(),
  /** The last node that it was. */
  nodeId: nodeIdSchema.optional(),
  /** No living node since then. */
  withoutNodeSince: timestampSchema.optional(),
  /** `NodeUnmanaged` was sent for this stretch without a node. */
  unmanagedAt: timestampSchema.optional(),
  meter: meterSchema,
  revision: z.int().positive(),
});
type InstanceRecord = z.infer<typeof instanceRecordSchema>;

/** The record as a decision leaves it; the store counts the revision. */
type NextRecord = Omit<InstanceRecord, 'revision'>;

export type { InstanceRecord, NextRecord };
export { instanceRecordSchema };
