import type { Node } from '../nodes/node.ts';
import type { RepairSnapshot } from './decide-repair.ts';
import { holderState } from './holder.ts';
import type { RepairPolicy } from './replication-policy.ts';

type WriteOffReason =
  | 'node-ended'
  | 'node-silent'
  | 'inventory-not-renewed'
  | 'copies-live'
  | 'written-off-already'
  | 'paused'
  | 'brake-on'
  | 'brake-unknown';

interface WriteOffDecision {
  readonly action: 'write-off' | 'keep';
  readonly reason: WriteOffReason;
}

const REASONS = { ended: 'node-ended', silent: 'node-silent', unlisted: 'inventory-not-renewed' } as const;

/**
 * Whether the copies of a node count no longer: it ended, has been silent for 600 s, or two of its inventories are missing. While many
 * nodes seem to fail at once, or nobody evaluates that, or somebody paused repair, no node is believed to be gone. Pure.
 */
const decideWriteOff = (
  node: Node,
  { brake, pausedBy }: Pick<RepairSnapshot, 'brake' | 'pausedBy'>,
  policy: RepairPolicy,
  now: Date,
): WriteOffDecision => {
  const state = holderState(node, policy, now);
  if (state === 'live' || state === 'ephemeral') return { action: 'keep', reason: 'copies-live' };
  if (node.inventory?.writeOff === 'done') return { action: 'keep', reason: 'written-off-already' };
  if (pausedBy !== undefined) return { action: 'keep', reason: 'paused' };
  if (brake !== 'off') return { action: 'keep', reason: brake === 'on' ? 'brake-on' : 'brake-unknown' };
  return { action: 'write-off', reason: REASONS[state] };
};

export type { WriteOffDecision, WriteOffReason };
export { decideWriteOff };
