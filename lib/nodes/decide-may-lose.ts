import { FRESH_HEARTBEAT_SECONDS } from '../constants.ts';
import { secondsSince, toTimestamp } from '../time.ts';
import type { Node } from './node.ts';
import type { InventoryEntry } from './report.ts';
import { MAX_SAMPLE, type Unclaimed } from './unclaimed.ts';

/** Files on a node that are no known artifact, or nobody looked (everywhere). */
type UnclaimedFiles = Unclaimed | 'unknown';

interface MayLoseSnapshot {
  readonly node: Node | undefined;
  /** The files of its last inventory; undefined when there is none that can be read. */
  readonly entries: readonly InventoryEntry[] | undefined;
  /** Those of their artifacts that are registered. */
  readonly registered: ReadonlySet<string>;
  /** Those with a verified copy in the object store. Other nodes' copies never count. */
  readonly inStore: ReadonlySet<string>;
  /** The configuration that the node is to work by: what it ignores decides what it counts. Undefined: any will do. */
  readonly configDigest: string | undefined;
}

interface MayLosePolicy {
  /** Agents list every 600 s; a minute more for the way. */
  readonly inventoryMaxAgeSeconds: number;
}

const defaultMayLosePolicy: MayLosePolicy = { inventoryMaxAgeSeconds: 660 };

type MayLoseReason =
  | 'node-unknown'
  | 'heartbeat-stale'
  | 'inventory-missing'
  | 'inventory-stale'
  | 'inventory-before-drain'
  | 'configuration-pending'
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
  readonly unclaimed: UnclaimedFiles;
  /** A person's word lets the unclaimed files go. */
  readonly isWaived: boolean;
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

/** Files outside the data root as the agent counted them, and those in it that no artifact is registered for. */
const unclaimedFiles = ({ node, entries, registered }: MayLoseSnapshot): UnclaimedFiles => {
  const outside = node?.inventory?.unclaimed;
  if (outside === undefined || entries === undefined) return 'unknown';
  const inside = entries.filter(({ artifactId }) => !registered.has(artifactId));
  return {
    count: outside.count + inside.length,
    bytes: outside.bytes + inside.reduce((sum, { bytes }) => sum + bytes, 0),
    sample: [...outside.sample, ...inside.map(({ path, bytes }) => ({ path, bytes }))]
      .sort((one, other) => other.bytes - one.bytes)
      .slice(0, MAX_SAMPLE),
  };
};

/** A waiver covers what was shown to that person, and nothing that came since. */
const waives = (node: Node | undefined, { count, bytes }: Unclaimed, now: Date): boolean => {
  const waiver = node?.dataWaiver;
  return (
    waiver !== undefined &&
    waiver.expiresAt > toTimestamp(now) &&
    count <= waiver.count &&
    bytes <= waiver.bytes
  );
};

/** Whether a node can go without loss (invariant 1). Whatever is not known speaks against it. */
const decideMayLose = (snapshot: MayLoseSnapshot, policy: MayLosePolicy, now: Date): MayLoseDecision => {
  const { node, entries, registered, inStore, configDigest } = snapshot;
  const known = (entries ?? []).map(({ artifactId }) => artifactId).filter((id) => registered.has(id));
  const missingFromStore = [...new Set(known)].filter((id) => !inStore.has(id));
  const unclaimed = unclaimedFiles(snapshot);
  const isWaived = unclaimed !== 'unknown' && unclaimed.count > 0 && waives(node, unclaimed, now);
  const unflushedBytes = node?.heartbeat?.unflushedBytes ?? 'unknown';
  const reasons: MayLoseReason[] = [];
  if (node === undefined) {
    reasons.push('node-unknown');
  } else {
    const isFresh =
      node.heartbeatAt !== undefined && secondsSince(node.heartbeatAt, now) < FRESH_HEARTBEAT_SECONDS;
    reasons.push(...(isFresh ? [] : (['heartbeat-stale'] as const)), ...inventoryReasons(node, policy, now));
  }
  if (entries === undefined && !reasons.includes('inventory-missing')) {
    reasons.push('inventory-missing');
  }
  if (configDigest !== undefined && node?.inventory?.configDigest !== configDigest) {
    reasons.push('configuration-pending');
  }
  if (missingFromStore.length > 0) {
    reasons.push('missing-from-store');
  }
  if (unflushedBytes === 'unknown') {
    reasons.push('unflushed-unknown');
  } else if (unflushedBytes > 0) {
    reasons.push('unflushed-data');
  }
  if (unclaimed === 'unknown') {
    reasons.push('unclaimed-unknown');
  } else if (unclaimed.count > 0 && !isWaived) {
    reasons.push('unclaimed-data');
  }
  return {
    safe: reasons.length === 0,
    reasons,
    missingFromStore,
    unflushedBytes,
    unclaimed,
    isWaived,
  };
};

export type { MayLoseDecision, MayLosePolicy, MayLoseReason, MayLoseSnapshot, UnclaimedFiles };
export { decideMayLose, defaultMayLosePolicy };
