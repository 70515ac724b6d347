import { STUCK_TERMINATION_SECONDS } from '../constants.ts';
import type { MayLoseDecision } from '../nodes/decide-may-lose.ts';
import type { Termination } from '../nodes/drain.ts';
import type { Node } from '../nodes/node.ts';
import { addSeconds, secondsSince, toTimestamp } from '../time.ts';
import { checkSafety } from './check-safety.ts';
import type { CancelReason } from './decide-draining.ts';
import type { IdlePolicy } from './idle-policy.ts';
import type { IdleCheck, KeepReason } from './idle-reason.ts';
import type { IdleSubject, Surroundings } from './idle-snapshot.ts';

/** An accepted request that changes nothing in the listing for so long is made again (no provider documents a bound). */
const ACCEPTED_SECONDS = 900;
/** With less left of the agent's promise no request is made: it would arrive at a node that may work again. */
const REQUEST_MARGIN_SECONDS = 30;
/** The agent is asked for a longer promise when so much is left of it. */
const EXTEND_BEFORE_SECONDS = 600;
const FIRST_BACKOFF_SECONDS = 30;
const LONGEST_BACKOFF_SECONDS = 900;

/** Why the node comes back. Each of them ends a drain as well. */
type ComeBackReason = Extract<
  CancelReason,
  'mode-changed' | 'exempt' | 'protected' | 'activity' | 'promise-ends'
>;

type TerminationReason =
  | 'due'
  | 'backoff'
  | 'accepted'
  | 'not-listed'
  | 'promise-over'
  | 'data-unknown'
  | 'data-at-risk'
  | ComeBackReason
  | KeepReason;

type TerminationDecision = TerminationOutlook &
  (
    | { readonly action: 'request' | 'wait'; readonly reason: TerminationReason }
    | { readonly action: 'give-back'; readonly reason: ComeBackReason }
  );

interface TerminationOutlook {
  readonly evidence: { readonly checks: readonly IdleCheck[]; readonly blockers: readonly string[] };
  /** It takes too long: said once, and alarmed while it lasts. */
  readonly isStuck: boolean;
  /** The agent is to promise for longer. */
  readonly extendPromise: boolean;
}

/** Seconds until the next request after `attempts` that did not succeed. */
const backoffSeconds = (attempts: number): number =>
  Math.min(LONGEST_BACKOFF_SECONDS, FIRST_BACKOFF_SECONDS * 2 ** Math.max(0, Math.min(attempts, 10) - 1));

/** The provider said that it is on its way, or gone already. */
const hasAccepted = (outcome: string | undefined): boolean =>
  outcome === 'accepted' || outcome === 'gone-confirm';

/** The listing lacks it, or says that it goes: nothing more to ask for, reconcile confirms the end. */
const isOnItsWay = ({ record }: IdleSubject): boolean => {
  const status = record?.instance.status;
  const isGone = record !== undefined && (record.goneAt !== undefined || record.misses > 0);
  return isGone || status === 'terminating' || status === 'terminated' || status === 'preempted';
};

const wasUsedSince = ({ idleClock }: Node, { requestedAt }: Termination): boolean =>
  idleClock?.activityAt !== undefined && idleClock.activityAt > requestedAt;

/** No request was accepted, and none can take effect any more whose answer nobody knows. A person's word stays. */
const mayComeBack = ({ forcedBy, acceptedAt, unsureUntil }: Termination, now: Date): boolean =>
  forcedBy === undefined &&
  acceptedAt === undefined &&
  (unsureUntil === undefined || unsureUntil <= toTimestamp(now));

/** The boot that promised is the one that runs, its agent says that it still keeps the promise, and enough of it is left. */
const isPromiseKept = ({ drain, bootId, heartbeat }: Node, promisedUntil: Date, now: Date): boolean =>
  drain?.acknowledgedBootId === bootId &&
  heartbeat?.mode === 'draining' &&
  now < addSeconds(promisedUntil, -REQUEST_MARGIN_SECONDS);

/** Statuses do not matter any more, only which instance it is and that nobody holds it. */
const IGNORED: ReadonlySet<KeepReason> = new Set<KeepReason>(['instance-not-running']);

/** Why the node is not to end any more, were it still possible. */
const unwantedBy = (
  { node }: IdleSubject,
  termination: Termination,
  { mode, exempt }: Pick<IdlePolicy, 'mode' | 'exempt'>,
  blocking: readonly KeepReason[],
  promisedUntil: Date,
  now: Date,
): ComeBackReason | undefined => {
  if (mode !== 'enforce') return 'mode-changed';
  if (exempt) return 'exempt';
  if (blocking.includes('protected')) return 'protected';
  if (wasUsedSince(node, termination)) return 'activity';
  // It was asked for a longer promise and gave none: its agent is gone, or works again.
  return now >= promisedUntil ? 'promise-ends' : undefined;
};

/**
 * Whether the provider is asked (again) to end the instance of a node in `terminating`. It goes on until a complete listing lacks
 * it, and asks the brakes before every request. A node that is not to end any more comes back, unless a request was accepted, or may
 * have been: then its end can only be waited for. Pure.
 * @param mayLose undefined when it was not looked up or could not be
 */
const decideTermination = (
  subject: IdleSubject,
  termination: Termination,
  around: Surroundings,
  policy: Pick<IdlePolicy, 'mode' | 'exempt'>,
  mayLose: MayLoseDecision | undefined,
  now: Date,
): TerminationDecision => {
  const { node } = subject;
  const isForced = termination.forcedBy !== undefined;
  const checks = checkSafety(subject, around, now).filter(({ reason }) => !IGNORED.has(reason));
  const blocking = checks.filter(({ verdict }) => verdict === 'block').map(({ reason }) => reason);
  const promisedUntil = new Date(node.drain?.drainUntil ?? termination.requestedAt);
  const isDone = isOnItsWay(subject);
  const outlook: TerminationOutlook = {
    evidence: { checks, blockers: [...blocking, ...(mayLose?.reasons ?? [])] },
    isStuck: secondsSince(termination.requestedAt, now) >= STUCK_TERMINATION_SECONDS,
    extendPromise: !isForced && !isDone && now >= addSeconds(promisedUntil, -EXTEND_BEFORE_SECONDS),
  };
  const conclude = (action: 'request' | 'wait', reason: TerminationReason): TerminationDecision => ({
    action,
    reason,
    ...outlook,
  });
  if (isDone) return conclude('wait', 'not-listed');
  const unwanted = isForced
    ? undefined
    : unwantedBy(subject, termination, policy, blocking, promisedUntil, now);
  if (unwanted !== undefined && mayComeBack(termination, now))
    return { action: 'give-back', reason: unwanted, ...outlook };
  if (toTimestamp(now) < termination.nextAttemptAt)
    return conclude('wait', hasAccepted(termination.lastOutcome) ? 'accepted' : 'backoff');
  const [blocker] = blocking;
  if (blocker !== undefined) return conclude('wait', blocker);
  if (isForced && termination.abandonsData) return conclude('request', 'due');
  if (unwanted !== undefined) return conclude('wait', unwanted);
  if (!isForced && !isPromiseKept(node, promisedUntil, now)) return conclude('wait', 'promise-over');
  if (mayLose === undefined) return conclude('wait', 'data-unknown');
  return mayLose.safe ? conclude('request', 'due') : conclude('wait', 'data-at-risk');
};

export type { ComeBackReason, TerminationDecision, TerminationReason };
export { ACCEPTED_SECONDS, backoffSeconds, decideTermination, hasAccepted };
