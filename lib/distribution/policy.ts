import * as z from 'zod';
import { providerSchema } from '../nodes/node.ts';
import { DISK_TIERS } from '../sync/disk-tier.ts';
import { PROVIDER_BANDWIDTH } from '../sync/provider-bandwidth.ts';

/** The numbers of distribution. Defaults and their sources are beside each. Every default works with an empty configuration. */
const distributionPolicySchema = z.object({
  /** Transfers that may run at once in the whole fleet (sync L1: one enforced global limit). */
  maxConcurrentTransfers: z.int().positive().default(32),
  /** The share of eligible targets that must verify for `DistributionCompleted`. */
  completionShare: z.number().gt(0).max(1).default(1),
  /** Promotions complete at min(this, eligible) verified targets (sync 7.6). */
  promotionGateNodes: z.int().positive().default(10),
  /** The least deadline of a distribution; larger artifacts get more (see distributionDeadlineSeconds). */
  deadlineSeconds: z.int().positive().default(300),
  /** Nodes that have been silent longer are not sent data (sync 2.5). */
  heartbeatMaxAgeSeconds: z.int().positive().default(300),
  /** The first disk tier: such nodes are not sent data (sync 1.4). */
  maxDiskUsedPercent: z.number().gt(0).max(100).default(DISK_TIERS.receive),
  /** A node needs this many times the artifact's bytes free. */
  minFreeFactor: z.number().min(1).default(2),
  /** Waits before the repeats of a failed delivery; then it is terminal (sync 8). */
  retryDelaysSeconds: z.array(z.int().positive()).default([30, 60, 120, 240]),
  /** `TrainingProgressed` at or above this prefetches the checkpoint (sync 7.2). */
  prefetchAtPercent: z.number().min(0).max(100).default(80),
  /** The caps of one node's download, in bytes per second, by provider and, above that, by node. */
  providerBandwidth: z.record(providerSchema, z.int().positive()).default(() => ({ ...PROVIDER_BANDWIDTH })),
  nodeBandwidth: z.record(z.string(), z.int().positive()).default({}),
  /** A cap for every node, when set. */
  bandwidthBytesPerSecond: z.int().positive().optional(),
});
type DistributionPolicy = z.infer<typeof distributionPolicySchema>;

export type { DistributionPolicy };
export { distributionPolicySchema };
