import type { Node } from '../nodes/node.ts';
import { secondsSince } from '../time.ts';
import type { RepairPolicy } from './replication-policy.ts';

/**
 * What a node's copies are worth: `live` = they count, `ephemeral` = they are there, but the machine can vanish at any moment,
 * `silent` = it was heard of too long ago, `unlisted` = its inventory was not renewed, `ended` = the node is gone.
 */
type HolderState = 'live' | 'ephemeral' | 'silent' | 'unlisted' | 'ended';

const hasEnded = ({ lifecycle, revokedAt }: Node): boolean =>
  lifecycle === 'terminated' || lifecycle === 'lost' || revokedAt !== undefined;

/**
 * Silence counts from the last beat, the lease from the last inventory: both by SQS's SentTimestamp. A node that has not listed yet, since
 * it enrolled just now, has until its lease would have ended.
 */
const holderState = (
  node: Node,
  { silentSeconds, leaseSeconds }: Pick<RepairPolicy, 'silentSeconds' | 'leaseSeconds'>,
  now: Date,
): HolderState => {
  if (hasEnded(node)) return 'ended';
  if (secondsSince(node.heartbeatAt ?? node.enrolledAt, now) > silentSeconds) return 'silent';
  if (secondsSince(node.inventory?.inventoryAt ?? node.enrolledAt, now) > leaseSeconds) return 'unlisted';
  return node.capabilities.ephemeral ? 'ephemeral' : 'live';
};

export type { HolderState };
export { hasEnded, holderState };
