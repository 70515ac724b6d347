import { describe, expect, it } from 'vitest';
import { decidePace } from '../../lib/providers/decide-pace.ts';
import { decideTurn } from '../../lib/providers/decide-turn.ts';
import { PACE_POLICY, type Pace } from '../../lib/providers/pace.ts';
import type { RequestObservation } from '../../lib/providers/request-gate.ts';
import { at, atText } from '../nodes/fixtures.ts';

const LIST = { name: 'list', minimumIntervalSeconds: 1 };
const pace = (changes: Partial<Pace> = {}): Pace => ({
  nextAt: atText(0),
  failures: 0,
  breaker: 'closed',
  revision: 1,
  ...changes,
});
const turnAt = (seconds: number, changes: Partial<Pace> = {}) =>
  decideTurn(pace(changes), LIST, PACE_POLICY, at(seconds));
const paceAfter = (
  observation: Partial<RequestObservation>,
  changes: Partial<Pace> = {},
  random = 1,
): ReturnType<typeof decidePace> =>
  decidePace(pace(changes), { outcome: 'answered', quotas: [], ...observation }, PACE_POLICY, at(0), random);

describe('decideTurn', () => {
  it('lets the first request go, and keeps the next one at the interval and a margin', () => {
    expect(decideTurn(undefined, LIST, PACE_POLICY, at(0))).toMatchObject({
      action: 'go',
      waitMilliseconds: 0,
      next: { nextAt: atText(1.1) },
    });
  });

  it('lets a request wait for its turn', () => {
    expect(turnAt(0, { nextAt: atText(2.5) })).toMatchObject({
      action: 'go',
      waitMilliseconds: 2500,
      next: { nextAt: atText(3.6) },
    });
  });

  it.each<[string, Partial<Pace>, string]>([
    ['too many wait', { nextAt: atText(31) }, 'too-many-waiting'],
    ['the provider asked for a long pause', { blockedUntil: atText(31) }, 'provider-asked-to-wait'],
    ['the breaker is open', { breaker: 'open', breakerUntil: atText(31) }, 'breaker-open'],
    ['a probe is under way', { breaker: 'half-open', breakerUntil: atText(31) }, 'breaker-open'],
  ])('refuses when %s, and says for how long', (_when, changes, reason) => {
    expect(turnAt(0, changes)).toEqual({ action: 'refuse', reason, retryAfterSeconds: 31 });
  });

  it('sends one probe when an open breaker is due, and another when that one is lost [health-and-idle#12-25]', () => {
    const probe = turnAt(10, { breaker: 'open', breakerUntil: atText(10) });
    expect(probe).toMatchObject({
      action: 'go',
      reason: 'probe',
      next: { breaker: 'half-open', breakerUntil: atText(70) },
    });
    expect(turnAt(70, { breaker: 'half-open', breakerUntil: atText(70) })).toMatchObject({ reason: 'probe' });
  });
});

describe('decidePace', () => {
  it('writes nothing after the usual answer', () => {
    expect(paceAfter({})).toBeUndefined();
    expect(paceAfter({ quotas: [{ window: 'minute', remaining: 40, resetSeconds: 12 }] })).toBeUndefined();
  });

  it.each<[string, Partial<RequestObservation>, number]>([
    ['Retry-After', { outcome: 'rate-limited', retryAfterSeconds: 12 }, 12],
    ['an empty window', { quotas: [{ window: 'minute', remaining: 0, resetSeconds: 9 }] }, 9],
    ['a window that is nearly empty', { quotas: [{ window: 'hour', remaining: 2, resetSeconds: 90 }] }, 90],
    ['a 429 without a hint: its own backoff', { outcome: 'rate-limited' }, 15],
  ])('pauses for %s', (_what, observation, seconds) => {
    expect(paceAfter(observation)?.blockedUntil).toBe(atText(seconds));
  });

  it('never shortens a pause', () => {
    const changes = { blockedUntil: atText(60) };
    expect(paceAfter({ outcome: 'rate-limited', retryAfterSeconds: 12 }, changes)?.blockedUntil).toBe(
      atText(60),
    );
  });

  it.each(['transient', 'edge-blocked', 'unexpected-shape'] as const)(
    'opens the breaker at the fourth %s',
    (outcome) => {
      expect(paceAfter({ outcome }, { failures: 2 })).toMatchObject({ breaker: 'closed', failures: 3 });
      expect(paceAfter({ outcome }, { failures: 3 })).toMatchObject({
        breaker: 'open',
        breakerUntil: atText(15),
      });
    },
  );

  it.each(['auth-failure', 'incomplete', 'answered'] as const)('takes %s for a sign of life', (outcome) => {
    expect(paceAfter({ outcome }, { failures: 9, breaker: 'half-open', breakerUntil: atText(9) })).toEqual({
      nextAt: atText(0),
      failures: 0,
      breaker: 'closed',
    });
  });

  it('backs off longer with each failure, with full jitter, and never for more than five minutes [health-and-idle#12-25]', () => {
    const untilAfter = (failures: number, random: number): string | undefined =>
      paceAfter({ outcome: 'transient' }, { failures, breaker: 'half-open' }, random)?.breakerUntil;
    expect([4, 5, 6].map((failures) => untilAfter(failures, 1))).toEqual([
      atText(30),
      atText(60),
      atText(120),
    ]);
    expect(untilAfter(5, 0.5)).toBe(atText(30));
    expect(untilAfter(50, 1)).toBe(atText(300));
  });
});
