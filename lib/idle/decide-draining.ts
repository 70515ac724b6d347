import type { MayLoseDecision } from '../nodes/decide-may-lose.ts';
import type { Drain } from '../nodes/drain.ts';
import { addSeconds, secondsSince, toTimestamp } from '../time.ts';
import { checkSignals, isFresh } from './check-idleness.ts';
import { checkSafety } from './check-safety.ts';
import { checkFleet, checkMoney, checkWork } from './decide-idle.ts';
import type { IdlePolicy } from './idle-policy.ts';
import { check, type IdleCheck, type KeepReason } from './idle-reason.ts';
import { ACTIVITY } from './idle-signals.ts';
import type { FleetView, IdleSubject } from './idle-snapshot.ts';
import { hasSlot } from './ledger.ts';

/** The control plane enters `terminating` only so long before the agent resumes by itself (invariant 2). */
const PROMISE_MARGIN_SECONDS = 120;

/** Why a drain is over without the node's end. The last two leave a node that nobody ended: an alarm says so. */
type CancelReason =
  | 'mode-changed'
  | 'exempt'
  | 'protected'
  | 'activity'
  | 'work-pending'
  | 'saving-too-small'
  | 'retention'
  | 'no-slot'
  | 'resumed-by-operator'
  | 'not-acknowledged'
  | 'promise-ends';

type WaitReason =
  | 'awaiting-acknowledgement'
  | 'drain-period'
  | 'awaiting-heartbeat'
  | 'data-unknown'
  | 'data-at-risk'
  | KeepReason;

interface DrainEvidence {
  readonly checks: readonly IdleCheck[];
  readonly blockers: readonly string[];
}

type DrainDecision =
  | { readonly action: 'terminate'; readonly reason: 'idle'; readonly evidence: DrainEvidence }
  | { readonly action: 'wait'; readonly reason: WaitReason; readonly evidence: DrainEvidence }
  | { readonly action: 'cancel'; readonly reason: CancelReason; readonly evidence: DrainEvidence };

/** These say that the node is wanted, or not worth ending: the drain is over. Any other blocker may pass, so the drain waits. */
const CANCELLING: ReadonlyMap<KeepReason, CancelReason> = new Map<KeepReason, CancelReason>([
  ['exempt', 'exempt'],
  ['protected', 'protected'],
  ['work-pending', 'work-pending'],
  ['saving-too-small', 'saving-too-small'],
  ['retention', 'retention'],
]);

/** Somebody used the node since the drain began, by its last heartbeat or by one in between. */
const hasActivity = ({ node }: IdleSubject, drain: Drain, checks: readonly IdleCheck[]): boolean => {
  const activityAt = node.idleClock?.activityAt;
  const wasActive = activityAt !== undefined && activityAt > drain.startedAt;
  const activity: ReadonlySet<string> = ACTIVITY;
  return wasActive || checks.some(({ reason, verdict }) => verdict === 'block' && activity.has(reason));
};

const isAcknowledged = ({ node }: IdleSubject, drain: Drain): boolean =>
  drain.acknowledgedAt !== undefined && drain.acknowledgedBootId === node.bootId;

/**
 * What becomes of a node that drains. Activity, or a change of mind, gives it back; whatever is unknown makes it wait; it ends only
 * after the agent's acknowledgement *and* the drain period, with every guard passed again and nothing to lose. Pure.
 * @param mayLose undefined when it was not looked up (the cheap guards block already) or could not be
 */
const decideDraining = (
  subject: IdleSubject,
  drain: Drain,
  fleet: FleetView,
  policy: IdlePolicy,
  mayLose: MayLoseDecision | undefined,
  now: Date,
): DrainDecision => {
  const { node } = subject;
  const checks = [
    ...checkSafety(subject, fleet, now),
    check('exempt', !policy.exempt, policy.exempt),
    check('heartbeat-stale', isFresh(node, now), node.heartbeatAt ?? 'never'),
    ...checkSignals(node, policy),
    ...checkMoney(subject, policy),
    ...checkWork(subject, policy),
    ...checkFleet(subject, fleet, policy, now, drain.drainId),
  ];
  const blocking = checks.filter(({ verdict }) => verdict === 'block').map(({ reason }) => reason);
  const risks = mayLose?.reasons ?? [];
  const evidence = { checks, blockers: [...blocking, ...risks] };
  const cancel = (reason: CancelReason): DrainDecision => ({ action: 'cancel', reason, evidence });
  const wait = (reason: WaitReason): DrainDecision => ({ action: 'wait', reason, evidence });

  if (policy.mode !== 'enforce') return cancel('mode-changed');
  if (hasActivity(subject, drain, checks)) return cancel('activity');
  if (!hasSlot(fleet.ledger, drain.drainId)) return cancel('no-slot');
  const [unwanted] = blocking.flatMap((reason) => CANCELLING.get(reason) ?? []);
  if (unwanted !== undefined) return cancel(unwanted);
  const isPromised = isAcknowledged(subject, drain);
  const nowText = toTimestamp(now);
  if (!isPromised && nowText >= (drain.acknowledgeBy ?? drain.drainUntil)) return cancel('not-acknowledged');
  if (nowText >= toTimestamp(addSeconds(new Date(drain.drainUntil), -PROMISE_MARGIN_SECONDS)))
    return cancel('promise-ends');
  if (!isPromised) return wait('awaiting-acknowledgement');
  if (secondsSince(drain.startedAt, now) < policy.drainPeriodSeconds) return wait('drain-period');
  // What it said before it promised is no proof of how it is since.
  const speaksSince = (node.heartbeatAt ?? '') > (drain.acknowledgedAt ?? '');
  if (!speaksSince || node.heartbeat?.mode !== 'draining') return wait('awaiting-heartbeat');
  const [blocker] = blocking;
  if (blocker !== undefined) return wait(blocker);
  if (mayLose === undefined) return wait('data-unknown');
  return mayLose.safe ? { action: 'terminate', reason: 'idle', evidence } : wait('data-at-risk');
};

export type { CancelReason, DrainDecision, DrainEvidence, WaitReason };
export { decideDraining, PROMISE_MARGIN_SECONDS };
