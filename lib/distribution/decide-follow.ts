import { type FailureClass, permanentFailures } from '../commands/command-result.ts';
import type { CommandRecord } from '../commands/command-store.ts';
import { addSeconds } from '../time.ts';
import { ANSWER_GRACE_SECONDS } from './deadlines.ts';
import type { DistributionPolicy } from './policy.ts';

/** How often a holder was told of one promotion, and what became of the last time. */
interface FollowSnapshot {
  readonly rounds: number;
  readonly last: CommandRecord | undefined;
}

type FollowDecision =
  | { readonly action: 'send'; readonly reason: 'first-round' | 'next-round'; readonly round: number }
  | { readonly action: 'wait'; readonly reason: 'open' | 'too-soon' }
  | { readonly action: 'stop'; readonly reason: 'followed' | 'cannot-be-mended' };

/** A holder that fails for days is asked once an hour. */
const LONGEST_DELAY_SECONDS = 3600;

/** A failed `verify` of these classes says that the node's copy is gone or bad. */
const copyIsGone: ReadonlySet<FailureClass> = new Set<FailureClass>([
  'not-found',
  'checksum-mismatch',
  'structure-invalid',
  'too-small',
]);

/** A copy that was gone or bad says nothing about the one that a holder has now. */
const isHopeless = (failureClass: FailureClass): boolean =>
  permanentFailures.has(failureClass) && !copyIsGone.has(failureClass);

/** The policy's retry delays, then doubled up to an hour. Seconds from the end of round `rounds` to the next. */
const followDelaySeconds = (
  rounds: number,
  { retryDelaysSeconds }: Pick<DistributionPolicy, 'retryDelaysSeconds'>,
): number => {
  const longest = retryDelaysSeconds.at(-1) ?? LONGEST_DELAY_SECONDS;
  const doubled = longest * 2 ** Math.max(0, rounds - retryDelaysSeconds.length);
  return retryDelaysSeconds[rounds - 1] ?? Math.min(doubled, LONGEST_DELAY_SECONDS);
};

/** When a round is over: its answer, or its deadline and a grace when none came. */
const endOfRound = ({ status, answeredAt, command }: CommandRecord): Date =>
  status === 'issued' || answeredAt === undefined
    ? addSeconds(new Date(command.deadlineAt), ANSWER_GRACE_SECONDS)
    : new Date(answeredAt);

/** Whether a holder whose `current` is behind is told (again) of its promotion. Pure. */
const decideFollow = (
  { rounds, last }: FollowSnapshot,
  policy: Pick<DistributionPolicy, 'retryDelaysSeconds'>,
  now: Date,
): FollowDecision => {
  if (last === undefined) return { action: 'send', reason: 'first-round', round: rounds };
  if (last.status === 'succeeded') return { action: 'stop', reason: 'followed' };
  if (last.failure !== undefined && isHopeless(last.failure.class)) {
    return { action: 'stop', reason: 'cannot-be-mended' };
  }
  const ended = endOfRound(last);
  if (last.status === 'issued' && now < ended) return { action: 'wait', reason: 'open' };
  return now < addSeconds(ended, followDelaySeconds(rounds, policy))
    ? { action: 'wait', reason: 'too-soon' }
    : { action: 'send', reason: 'next-round', round: rounds };
};

export type { FollowDecision, FollowSnapshot };
export { copyIsGone, decideFollow, followDelaySeconds };
