import { FRESH_HEARTBEAT_SECONDS } from '../constants.ts';
import { secondsSince } from '../time.ts';
import type { Node } from './node.ts';

/** Files on a node that are no known artifact, or nobody looked. */
type Unclaimed = { readonly count: number; readonly bytes: number } | 'unknown';

interface MayLoseSnapshot {
  readonly node: Node | undefined;
  /** The artifacts of its last inventory; undefined when there is none that can be read. */
  readonly inventoryArtifactIds: readonly string[] | undefined;
  /** Those of them with a verified copy in the object store. Other nodes' copies never count. */
  readonly inStore: ReadonlySet<string>;
  readonly unclaimed: Unclaimed;
}

interface MayLosePolicy {
  /** Agents list every 600 s; a minute more for the way. */
  readonly inventoryMaxAgeSeconds: number;
  /** A person says that nothing lies outside of the data root. The one assumed input, named in the evidence. */
  readonly assumeNoUnclaimed: boolean;
}

const defaultMayLosePolicy: MayLosePolicy = { inventoryMaxAgeSeconds: 660, assumeNoUnclaimed: false };

type MayLoseReason =
  | 'node-unknown'
  | 'heartbeat-stale'
  | 'inventory-missing'
  | 'inventory-stale'
  | 'inventory-before-drain'
  | 'unsettled-unknown'
  | 'unsettled-data'
  | 'missing-from-store'
  | 'unflushed-unknown'
  | 'unflushed-data'
  | 'unclaimed-unknown'
  | 'unclaimed-data';

interface MayLoseDecision {
  /** Nothing would be lost with the node. */
  readonly safe: boolean;
  /** All that speaks against it. */
  readonly reasons: readonly MayLoseReason[];
  readonly missingFromStore: readonly string[];
  readonly unflushedBytes: number | 'unknown';
  readonly unclaimed: Unclaimed;
  readonly assumedNoUnclaimed: boolean;
}

const inventoryReasons = (node: Node, policy: MayLosePolicy, now: Date): MayLoseReason[] => {
  const { inventory, drain } = node;
  if (inventory === undefined) {
    return ['inventory-missing'];
  }
  const reasons: MayLoseReason[] = [];
  if (secondsSince(inventory.inventoryAt, now) > policy.inventoryMaxAgeSeconds) {
    reasons.push('inventory-stale');
  }
  // No time of the report proves it: a scan that began before the drain may be sent after it.
  if (drain !== undefined && inventory.drainEpoch !== drain.epoch) {
    reasons.push('inventory-before-drain');
  }
  if (inventory.unsettled === undefined) {
    reasons.push('unsettled-unknown');
  } else if (inventory.unsettled > 0) {
    reasons.push('unsettled-data');
  }
  return reasons;
};

const unclaimedReasons = (unclaimed: Unclaimed, assumeNone: boolean): MayLoseReason[] => {
  if (unclaimed === 'unknown') {
    return assumeNone ? [] : ['unclaimed-unknown'];
  }
  return unclaimed.count > 0 ? ['unclaimed-data'] : [];
};

/** Whether a node can go without loss (invariant 1). Whatever is not known speaks against it. */
const decideMayLose = (
  { node, inventoryArtifactIds, inStore, unclaimed }: MayLoseSnapshot,
  policy: MayLosePolicy,
  now: Date,
): MayLoseDecision => {
  const missingFromStore = [...new Set(inventoryArtifactIds ?? [])].filter((id) => !inStore.has(id));
  const unflushedBytes = node?.heartbeat?.unflushedBytes ?? 'unknown';
  const reasons: MayLoseReason[] = [];
  if (node === undefined) {
    reasons.push('node-unknown');
  } else {
    const isFresh =
      node.heartbeatAt !== undefined && secondsSince(node.heartbeatAt, now) < FRESH_HEARTBEAT_SECONDS;
    reasons.push(...(isFresh ? [] : (['heartbeat-stale'] as const)), ...inventoryReasons(node, policy, now));
  }
  if (inventoryArtifactIds === undefined && !reasons.includes('inventory-missing')) {
    reasons.push('inventory-missing');
  }
  if (missingFromStore.length > 0) {
    reasons.push('missing-from-store');
  }
  if (unflushedBytes === 'unknown') {
    reasons.push('unflushed-unknown');
  } else if (unflushedBytes > 0) {
    reasons.push('unflushed-data');
  }
  reasons.push(...unclaimedReasons(unclaimed, policy.assumeNoUnclaimed));
  return {
    safe: reasons.length === 0,
    reasons,
    missingFromStore,
    unflushedBytes,
    unclaimed,
    assumedNoUnclaimed: policy.assumeNoUnclaimed && unclaimed === 'unknown',
  };
};

export type { MayLoseDecision, MayLosePolicy, MayLoseReason, MayLoseSnapshot, Unclaimed };
export { decideMayLose, defaultMayLosePolicy };
