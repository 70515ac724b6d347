import type { Node } from '../nodes/node.ts';
import { addSeconds, secondsSince, toTimestamp } from '../time.ts';
import { isFresh } from './check-idleness.ts';
import { decideIdle, type IdleDecision, priceOf } from './decide-idle.ts';
import { type IdlePolicy, resolveIdlePolicy } from './idle-policy.ts';
import type { IdleCheck, KeepReason } from './idle-reason.ts';
import type { IdleConfig } from './idle-settings.ts';
import { type FleetView, groupOf, type IdleSubject } from './idle-snapshot.ts';
import { withSlot } from './ledger.ts';

const HORIZON_SECONDS = 3600;
/** As often as the cycle looks. */
const STEP_SECONDS = 60;
/** Agents report each 30 s. */
const HEARTBEAT_SECONDS = 30;

/** These pass with time alone, if the node goes on as it is. */
const TIMED: ReadonlySet<KeepReason> = new Set<KeepReason>([
  'boot-grace',
  'idle-too-short',
  'too-few-samples',
  'termination-gap',
]);
/** These may pass within the hour as well: holds end, and the window of the cap moves on. */
const PASSING: ReadonlySet<KeepReason> = new Set<KeepReason>([...TIMED, 'frozen', 'protected', 'daily-cap']);

/** The two worlds of a provider: what really ends, and what only would. */
interface PlanViews {
  readonly real: FleetView;
  readonly shadow: FleetView;
}

interface PlannedNode {
  readonly node: Node;
  readonly mode: IdlePolicy['mode'];
  readonly microUsdPerHour: number | undefined;
  /** `now` and `later` begin to drain, or would, within the hour. */
  readonly action: 'now' | 'later' | 'keep';
  /** Why not now; `idle` when it is now. */
  readonly reason: IdleDecision['reason'];
  readonly blockers: readonly KeepReason[];
  /** When it begins to drain, at the earliest, if everything stays as it is; of a kept one only where time alone is missing. */
  readonly at?: string;
  /** What keeps it at the end of the hour, or for as long as nobody changes it: retention and caps show here. */
  readonly heldBy?: IdleDecision['reason'];
}

/** When a check that fails now passes by itself. */
const passesAt = ({ reason, value, limit, since }: IdleCheck, now: Date): Date | undefined => {
  if (typeof limit !== 'number') return undefined;
  if (reason === 'too-few-samples')
    return typeof value === 'number' ? addSeconds(now, (limit - value) * HEARTBEAT_SECONDS) : undefined;
  return since === undefined ? undefined : addSeconds(new Date(since), limit);
};

/** When time alone lets the node go: undefined when anything else stands in the way. */
const timedAt = ({ evidence }: IdleDecision, now: Date): string | undefined => {
  const failing = evidence.checks.filter(({ verdict }) => verdict === 'block');
  const times = failing.map((one) => (TIMED.has(one.reason) ? passesAt(one, now) : undefined));
  const known = times.flatMap((time) => (time === undefined ? [] : [toTimestamp(time)]));
  return failing.length > 0 && known.length === failing.length ? known.sort().at(-1) : undefined;
};

/** The node as it will be at `at` if it goes on idling and reporting. One that is silent stays silent. */
const projectNode = (node: Node, now: Date, at: Date): Node => {
  const { idleClock } = node;
  if (idleClock?.idleSince === undefined || !isFresh(node, now)) return node;
  const beats = Math.floor(secondsSince(toTimestamp(now), at) / HEARTBEAT_SECONDS);
  return {
    ...node,
    heartbeatAt: toTimestamp(at),
    idleClock: { ...idleClock, lastSampleAt: toTimestamp(at), samples: idleClock.samples + beats },
  };
};

/** The surroundings at `at`: listings go on as they are, holds end at their time. */
const projectView = (view: FleetView, now: Date, at: Date): FleetView => {
  const { holds, state } = view;
  const ahead = secondsSince(toTimestamp(now), at);
  return {
    ...view,
    holds: holds?.filter(({ expiresAt }) => expiresAt > toTimestamp(at)),
    state:
      state?.listedAt === undefined
        ? state
        : { ...state, listedAt: toTimestamp(addSeconds(new Date(state.listedAt), ahead)) },
  };
};

/** The view after this node took its slot. */
const afterDrain = (view: FleetView, subject: IdleSubject, at: Date): FleetView => {
  const { nodeId } = subject.node;
  const group = groupOf(subject);
  const slot = { nodeId, group, takenAt: toTimestamp(at) };
  return {
    ...view,
    ledger: withSlot(view.ledger, `planned-${nodeId}`, slot, at),
    kept: new Map([...view.kept, [group, (view.kept.get(group) ?? 0) - 1]]),
  };
};

/** What the plan says of a node that begins to drain, or is kept, at `at`; `first` is what holds now. */
const planOf = (
  subject: IdleSubject,
  policy: IdlePolicy,
  first: IdleDecision,
  latest: IdleDecision,
  now: Date,
  at: Date,
): PlannedNode => {
  const about = {
    node: subject.node,
    mode: policy.mode,
    microUsdPerHour: priceOf(subject),
    reason: first.reason,
    blockers: first.evidence.blockers,
  };
  if (latest.action === 'drain') return { ...about, action: at > now ? 'later' : 'now', at: toTimestamp(at) };
  const timed = timedAt(latest, at);
  // What does not pass by itself says more than what does.
  const heldBy = latest.evidence.blockers.find((reason) => !PASSING.has(reason)) ?? latest.reason;
  return { ...about, action: 'keep', heldBy, ...(timed === undefined ? {} : { at: timed }) };
};

/**
 * What the next hour would do, if every node goes on as it is: minute by minute the decision of the cycle itself, the most expensive
 * node first, each taking its slot, so that retention, gaps and caps bind as they would. Pure.
 * @param subjects active nodes without a shadow drain, with the work that waits for each
 */
const planIdle = (
  subjects: readonly IdleSubject[],
  views: PlanViews,
  idle: IdleConfig,
  now: Date,
): PlannedNode[] => {
  const world = { ...views };
  const ordered = subjects.toSorted((one, other) => (priceOf(other) ?? 0) - (priceOf(one) ?? 0));
  const first = new Map<string, IdleDecision>();
  const plans = new Map<string, PlannedNode>();
  let open = ordered;
  for (let ahead = 0; ahead <= HORIZON_SECONDS && open.length > 0; ahead += STEP_SECONDS) {
    const at = addSeconds(now, ahead);
    open = open.filter((subject) => {
      const { nodeId } = subject.node;
      const policy = resolveIdlePolicy(idle, subject.node);
      const kind = policy.mode === 'enforce' ? 'real' : 'shadow';
      const projected = { ...subject, node: projectNode(subject.node, now, at) };
      const decision = decideIdle(projected, projectView(world[kind], now, at), policy, at);
      const initial = first.get(nodeId) ?? decision;
      first.set(nodeId, initial);
      plans.set(nodeId, planOf(subject, policy, initial, decision, now, at));
      if (decision.action === 'drain') world[kind] = afterDrain(world[kind], subject, at);
      // Retention never grows by waiting; whatever else blocks needs a change that nobody can foresee.
      return decision.action === 'keep' && decision.evidence.blockers.every((reason) => PASSING.has(reason));
    });
  }
  return ordered.flatMap(({ node }) => plans.get(node.nodeId) ?? []);
};

export type { PlannedNode, PlanViews };
export { planIdle };
