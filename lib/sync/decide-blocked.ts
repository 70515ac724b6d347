import type { Node } from '../nodes/node.ts';
import { secondsSince, toTimestamp } from '../time.ts';
import { allowsUse, diskTierOf } from './disk-tier.ts';
import type { SyncPolicy } from './sync-policy.ts';

type BlockedReason = 'disk-full' | 'disk-unknown' | 'excluded';

/** A node that can be sent no data. */
interface BlockedReceiver {
  readonly nodeId: string;
  readonly reason: BlockedReason;
  readonly since: string;
  /** For so long that somebody has to look. */
  readonly isLong: boolean;
}

const reasonOf = (node: Node, { disk }: SyncPolicy, now: Date): BlockedReason | undefined => {
  const tier = diskTierOf(node.heartbeat?.disk?.usedPercent, disk);
  if (tier === 'unknown') return 'disk-unknown';
  if (!allowsUse(tier, 'be-chosen')) return 'disk-full';
  // An exclusion that has passed its time is none (sync L19).
  return node.excludedUntil !== undefined && node.excludedUntil > toTimestamp(now) ? 'excluded' : undefined;
};

/**
 * Which active nodes can be sent no data, and since when: a blocked receiver must be seen (sync L4). Nodes that beat no more are a
 * matter of health.
 * @param before since when nodes were blocked at the last look
 */
const decideBlocked = (
  nodes: readonly Node[],
  before: Readonly<Record<string, string>>,
  policy: SyncPolicy,
  now: Date,
): BlockedReceiver[] =>
  nodes
    .filter(({ lifecycle, revokedAt }) => lifecycle === 'active' && revokedAt === undefined)
    .flatMap((node) => {
      const reason = reasonOf(node, policy, now);
      if (reason === undefined) return [];
      const since = before[node.nodeId] ?? toTimestamp(now);
      const isLong = secondsSince(since, now) >= policy.blockedAlarmSeconds;
      return [{ nodeId: node.nodeId, reason, since, isLong }];
    });

export type { BlockedReason, BlockedReceiver };
export { decideBlocked };
