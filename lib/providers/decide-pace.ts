import { addSeconds, toTimestamp } from '../time.ts';
import type { Pace, PacePolicy } from './pace.ts';
import type { RequestObservation } from './request-gate.ts';

/** What an outcome says about the provider: alive, asking us to slow down, or failing. */
const meaningOf = ({ outcome }: RequestObservation): 'alive' | 'throttled' | 'failing' => {
  switch (outcome) {
    case 'rate-limited':
      return 'throttled';
    case 'transient':
    case 'edge-blocked':
    case 'unexpected-shape':
      return 'failing';
    // The API itself answered: a wrong key or a list that shifts is no outage.
    case 'answered':
    case 'auth-failure':
    case 'incomplete':
      return 'alive';
  }
};

/** Full jitter: anywhere between 0 and the doubled base, so that functions that failed together do not return together. */
const backoffSeconds = (steps: number, policy: PacePolicy, random: number): number =>
  random * Math.min(policy.maxBackoffSeconds, policy.baseBackoffSeconds * 2 ** steps);

/** The longest wait that an exhausted window of the provider's own headers asks for. */
const quotaWaitSeconds = ({ quotas }: RequestObservation, policy: PacePolicy): number =>
  Math.max(
    0,
    ...quotas
      .filter(({ remaining }) => remaining <= policy.quotaHeadroom)
      .map(({ resetSeconds }) => resetSeconds),
  );

/**
 * The pace after one request's outcome; undefined when nothing changes, which is the usual case and costs no write. Pure.
 * @param random 0 to 1
 */
const decidePace = (
  pace: Pace | undefined,
  observation: RequestObservation,
  policy: PacePolicy,
  now: Date,
  random: number,
): Omit<Pace, 'revision'> | undefined => {
  const nowText = toTimestamp(now);
  const { revision: _revision, ...state } = pace ?? {
    nextAt: nowText,
    failures: 0,
    breaker: 'closed' as const,
    revision: 0,
  };
  const meaning = meaningOf(observation);
  const after = (seconds: number): string => toTimestamp(addSeconds(now, seconds));
  const asked = Math.max(observation.retryAfterSeconds ?? 0, quotaWaitSeconds(observation, policy));
  const own = meaning === 'throttled' && asked === 0 ? backoffSeconds(state.failures, policy, random) : 0;
  const silence = asked + own;
  const isLonger = silence > 0 && (state.blockedUntil === undefined || state.blockedUntil < after(silence));
  const block = isLonger ? { blockedUntil: after(silence) } : {};
  if (meaning === 'alive') {
    if (state.failures === 0 && state.breaker === 'closed' && !isLonger) return undefined;
    const { breakerUntil: _until, lastFailure: _failure, ...kept } = state;
    return { ...kept, ...block, failures: 0, breaker: 'closed' };
  }
  const failures = state.failures + 1;
  const failed = { ...state, ...block, failures, lastFailure: `${observation.outcome} at ${nowText}` };
  if (meaning === 'throttled')
    return state.breaker === 'closed' ? failed : { ...failed, breakerUntil: after(silence) };
  if (failures < policy.failuresToOpen && state.breaker === 'closed') return failed;
  return {
    ...failed,
    breaker: 'open',
    breakerUntil: after(Math.max(asked, backoffSeconds(failures - policy.failuresToOpen, policy, random))),
  };
};

export { decidePace };
