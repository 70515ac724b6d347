import { addSeconds, secondsSince, toTimestamp } from '../time.ts';
import type { Pace, PacePolicy } from './pace.ts';
import type { PacingBucket } from './request-gate.ts';

type TurnReason = 'free' | 'probe' | 'breaker-open' | 'provider-asked-to-wait' | 'too-many-waiting';

type TurnDecision =
  | {
      readonly action: 'go';
      readonly reason: 'free' | 'probe';
      readonly waitMilliseconds: number;
      /** The pace with the turn taken. */
      readonly next: Omit<Pace, 'revision'>;
    }
  | {
      readonly action: 'refuse';
      readonly reason: Exclude<TurnReason, 'free' | 'probe'>;
      readonly retryAfterSeconds: number;
    };

const latest = (...times: readonly (string | undefined)[]): string =>
  times.reduce<string>((last, time) => (time !== undefined && time > last ? time : last), '');

/**
 * Whether a request may go, and after which wait. Turns are reserved in the shared item, so that all functions together
 * keep the interval. Pure.
 */
const decideTurn = (
  pace: Pace | undefined,
  bucket: PacingBucket,
  policy: PacePolicy,
  now: Date,
): TurnDecision => {
  const nowText = toTimestamp(now);
  const { revision: _revision, ...state } = pace ?? {
    nextAt: nowText,
    failures: 0,
    breaker: 'closed' as const,
    revision: 0,
  };
  const wait = (until: string): number => Math.max(0, -secondsSince(until, now));
  if (state.breaker !== 'closed' && state.breakerUntil !== undefined && state.breakerUntil > nowText)
    return { action: 'refuse', reason: 'breaker-open', retryAfterSeconds: wait(state.breakerUntil) };
  const turn = latest(nowText, state.nextAt, state.blockedUntil);
  if (wait(turn) > policy.maxWaitSeconds) {
    const isBlocked = state.blockedUntil !== undefined && wait(state.blockedUntil) > policy.maxWaitSeconds;
    return {
      action: 'refuse',
      reason: isBlocked ? 'provider-asked-to-wait' : 'too-many-waiting',
      retryAfterSeconds: wait(turn),
    };
  }
  const interval =
    bucket.minimumIntervalSeconds > 0 ? bucket.minimumIntervalSeconds + policy.intervalMarginSeconds : 0;
  const next = { ...state, nextAt: toTimestamp(addSeconds(new Date(turn), interval)) };
  const waitMilliseconds = Math.ceil(wait(turn) * 1000);
  if (state.breaker === 'closed') return { action: 'go', reason: 'free', waitMilliseconds, next };
  return {
    action: 'go',
    reason: 'probe',
    waitMilliseconds,
    // A probe that never tells its outcome must not keep the breaker shut.
    next: {
      ...next,
      breaker: 'half-open',
      breakerUntil: toTimestamp(addSeconds(new Date(turn), policy.probeSeconds)),
    },
  };
};

export type { TurnDecision, TurnReason };
export { decideTurn };
