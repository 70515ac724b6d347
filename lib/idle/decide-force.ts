import { decideHold, scopesOf } from '../holds/decide-hold.ts';
import type { Hold } from '../holds/hold.ts';
import type { MayLoseDecision } from '../nodes/decide-may-lose.ts';
import type { Node } from '../nodes/node.ts';

type ForceReason =
  | 'forced'
  | 'not-living'
  | 'already-terminating'
  | 'own-machine'
  | 'holds-unreadable'
  | 'held'
  | 'data-unknown'
  | 'data-at-risk';

interface ForceDecision {
  readonly action: 'terminate' | 'refuse';
  readonly reason: ForceReason;
  readonly evidence: {
    /** The holds that stand in the way. */
    readonly holds: readonly Hold[];
    readonly risks: readonly string[];
  };
}

const LIVING: ReadonlySet<Node['lifecycle']> = new Set(['pending', 'active', 'draining', 'terminating']);

/** A person ended it already, and this one gives up no more. */
const isForcedAlready = ({ lifecycle, termination }: Node, abandonsData: boolean): boolean =>
  lifecycle === 'terminating' &&
  termination?.forcedBy !== undefined &&
  (termination.abandonsData || !abandonsData);

/**
 * Whether a person may have a node ended past its drain. Work on it does not count, and nothing about its idleness; a hold and data
 * that would be lost do. One that is terminating already may be forced as well: its provider is then asked without its agent. Pure.
 * @param holds undefined when they could not be read
 * @param mayLose undefined when that could not be read
 */
const decideForce = (
  node: Node,
  holds: readonly Hold[] | undefined,
  mayLose: MayLoseDecision | undefined,
  abandonsData: boolean,
): ForceDecision => {
  const asked = holds === undefined ? undefined : decideHold(holds, ['freeze'], scopesOf(node));
  const inTheWay = (holds ?? []).filter(({ holdId }) => asked?.evidence.holdIds.includes(holdId));
  const evidence = { holds: inTheWay, risks: mayLose?.reasons ?? [] };
  const refuse = (reason: ForceReason): ForceDecision => ({ action: 'refuse', reason, evidence });
  if (isForcedAlready(node, abandonsData)) return refuse('already-terminating');
  if (!LIVING.has(node.lifecycle)) return refuse('not-living');
  // Nobody could end it: it would be terminating for ever.
  if (node.provider === 'static') return refuse('own-machine');
  if (asked === undefined) return refuse('holds-unreadable');
  if (asked.action === 'hold') return refuse('held');
  if (!abandonsData && mayLose === undefined) return refuse('data-unknown');
  if (!abandonsData && mayLose?.safe !== true) return refuse('data-at-risk');
  return { action: 'terminate', reason: 'forced', evidence };
};

export type { ForceDecision, ForceReason };
export { decideForce };
