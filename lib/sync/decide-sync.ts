import { assertNever } from '../errors.ts';
import type { Node } from '../nodes/node.ts';
import { secondsSince } from '../time.ts';

/** What happened. */
type SyncTrigger =
  | { readonly type: 'data-produced'; readonly nodeId: string; readonly urgent: boolean }
  | { readonly type: 'data-stale' }
  | { readonly type: 'training-started'; readonly nodeId: string }
  | {
      readonly type: 'requested';
      /** undefined: every eligible node. */
      readonly targets: readonly string[] | undefined;
      readonly exclude: readonly string[];
      readonly isCritical: boolean;
    };

/** What holds for all nodes. How busy the fleet is, or whether its pipeline is paused, is not among it (sync L6). */
interface SyncFleet {
  /** What nodes have taken from the store today because of syncs. */
  readonly egressBytes: number;
}

interface SyncNodePolicy {
  readonly strategy: 'ephemeral' | 'hybrid';
  /** undefined: no limit. */
  readonly dailyEgressBytes: number | undefined;
}

type SyncReason =
  // flush
  | 'ephemeral-producer'
  | 'urgent'
  | 'holds-data-back'
  // receive
  | 'trains'
  | 'named-target'
  | 'every-node'
  // hold
  | 'egress-budget'
  // none
  | 'flushes-in-batches'
  | 'holds-nothing-back'
  | 'excluded-here'
  | 'not-concerned'
  | 'not-active'
  | 'revoked'
  | 'silent';

interface SyncDecision {
  /** `flush`: it brings what it has into the store. `receive`: if its kind and disk allow it, which distribution decides. */
  readonly action: 'flush' | 'receive' | 'hold' | 'none';
  readonly reason: SyncReason;
  readonly evidence: Readonly<Record<string, string | number | boolean>>;
}

/** A node that is silent for longer is not told anything (sync 2.5). */
const SILENT_SECONDS = 300;

const decision = (
  action: SyncDecision['action'],
  reason: SyncReason,
  evidence: SyncDecision['evidence'] = {},
): SyncDecision => ({ action, reason, evidence });

const refuse = ({ revokedAt, lifecycle, heartbeatAt }: Node, now: Date): SyncDecision | undefined => {
  if (revokedAt !== undefined) return decision('none', 'revoked', { revokedAt });
  if (lifecycle !== 'active') return decision('none', 'not-active', { lifecycle });
  if (heartbeatAt === undefined || secondsSince(heartbeatAt, now) > SILENT_SECONDS)
    return decision('none', 'silent', { heartbeatAt: heartbeatAt ?? 'never' });
  return undefined;
};

/** Who made new data. A node that may receive nothing sends all the same (sync 13-2). */
const decideProduced = (
  trigger: Extract<SyncTrigger, { type: 'data-produced' }>,
  { nodeId }: Node,
  { strategy }: SyncNodePolicy,
): SyncDecision => {
  if (trigger.nodeId !== nodeId) return decision('none', 'not-concerned');
  if (trigger.urgent) return decision('flush', 'urgent');
  if (strategy === 'ephemeral') return decision('flush', 'ephemeral-producer');
  return decision('none', 'flushes-in-batches');
};

const decideReceiving = (
  reason: 'trains' | 'named-target' | 'every-node',
  isCritical: boolean,
  { egressBytes }: SyncFleet,
  { dailyEgressBytes }: SyncNodePolicy,
): SyncDecision => {
  if (dailyEgressBytes === undefined || egressBytes < dailyEgressBytes || isCritical)
    return decision('receive', reason);
  return decision('hold', 'egress-budget', { egressBytes, dailyEgressBytes });
};

const decideRequested = (
  { targets, exclude, isCritical }: Extract<SyncTrigger, { type: 'requested' }>,
  { nodeId }: Node,
  fleet: SyncFleet,
  policy: SyncNodePolicy,
): SyncDecision => {
  if (exclude.includes(nodeId)) return decision('none', 'excluded-here');
  if (targets === undefined) return decideReceiving('every-node', isCritical, fleet, policy);
  if (!targets.includes(nodeId)) return decision('none', 'not-concerned');
  return decideReceiving('named-target', isCritical, fleet, policy);
};

/** What one node has to do about something that happened. */
const decideSync = (
  trigger: SyncTrigger,
  node: Node,
  fleet: SyncFleet,
  policy: SyncNodePolicy,
  now: Date,
): SyncDecision => {
  const refused = refuse(node, now);
  if (refused !== undefined) return refused;
  switch (trigger.type) {
    case 'data-produced':
      return decideProduced(trigger, node, policy);
    case 'data-stale': {
      const { unflushedBytes } = node.heartbeat ?? {};
      // Unknown is not nothing.
      if (unflushedBytes === 0) return decision('none', 'holds-nothing-back');
      return decision('flush', 'holds-data-back', { unflushedBytes: unflushedBytes ?? 'unknown' });
    }
    case 'training-started':
      // What starts to train waits for it: the day's budget must not stop a run that is paid for.
      return trigger.nodeId === node.nodeId
        ? decision('receive', 'trains')
        : decision('none', 'not-concerned');
    case 'requested':
      return decideRequested(trigger, node, fleet, policy);
    default:
      return assertNever(trigger);
  }
};

export type { SyncDecision, SyncFleet, SyncNodePolicy, SyncReason, SyncTrigger };
export { decideSync };
