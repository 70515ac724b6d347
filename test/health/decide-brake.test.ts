import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { type Brake, brakeState } from '../../lib/health/brake.ts';
import { decideBrake } from '../../lib/health/decide-brake.ts';
import { at, atText } from '../nodes/fixtures.ts';

/** `expected` nodes, of which `bad` turned bad at `second`. */
const fleet = (expected: number, bad: number, second = 0) =>
  Array.from({ length: expected }, (_, index) => (index < bad ? { turnedBadAt: atText(second) } : {}));

const brakeOn = (lastChangeSecond: number, overrides: Partial<Brake> = {}): Brake => ({
  evaluatedAt: atText(lastChangeSecond),
  on: true,
  since: atText(lastChangeSecond),
  lastChangeAt: atText(lastChangeSecond),
  changed: 3,
  expected: 4,
  revision: 1,
  ...overrides,
});

describe('decideBrake', () => {
  it.each([
    { expected: 0, bad: 0, on: false },
    { expected: 2, bad: 2, on: false },
    { expected: 3, bad: 3, on: true },
    { expected: 14, bad: 3, on: true },
    // Exactly 20 % is not more than 20 %.
    { expected: 15, bad: 3, on: false },
    { expected: 100, bad: 20, on: false },
    { expected: 100, bad: 21, on: true },
  ])('is on=$on when $bad of $expected expected nodes turned bad', ({ expected, bad, on }) => {
    const { evidence } = decideBrake(undefined, fleet(expected, bad), at(60));
    expect(evidence).toMatchObject({ on, changed: bad, expected, evaluatedAt: atText(60) });
  });

  it.each([
    { seconds: 899, action: 'hold', reason: 'mass-failure' },
    { seconds: 900, action: 'release', reason: 'few-changes' },
  ])('counts a change for less than 15 minutes: $reason after $seconds s', ({ seconds, action, reason }) => {
    expect(decideBrake(undefined, fleet(4, 4), at(seconds))).toMatchObject({ action, reason });
  });

  it.each([
    { seconds: 899, action: 'hold', reason: 'quiet-period' },
    { seconds: 900, action: 'release', reason: 'quiet-again' },
  ])(
    'ends 15 minutes after the last change, also when the nodes are gone: $reason after $seconds s',
    ({ seconds, action, reason }) => {
      expect(decideBrake(brakeOn(0), fleet(1, 0), at(seconds))).toMatchObject({ action, reason });
    },
  );

  it('is kept on by each further change, and says since when', () => {
    const { evidence } = decideBrake(brakeOn(0), fleet(100, 1, 600), at(1000));
    expect(evidence).toMatchObject({ on: true, since: atText(0), lastChangeAt: atText(600) });
  });

  it('never holds longer than 15 minutes after the last change, whatever came before', () => {
    return fc.assert(
      fc.property(
        fc.array(fc.integer({ min: 0, max: 5000 }), { maxLength: 30 }),
        fc.integer({ min: 0, max: 20 }),
        (turned, good) => {
          let brake: Brake | undefined;
          for (let second = 0; second <= 7000; second += 60) {
            const nodes = [
              ...turned.map((turn) => (turn <= second ? { turnedBadAt: atText(turn) } : {})),
              ...fleet(good, 0),
            ];
            brake = { ...decideBrake(brake, nodes, at(second)).evidence, revision: 1 };
            const last = Math.max(...turned.filter((turn) => turn <= second), Number.NEGATIVE_INFINITY);
            if (second - last >= 900) expect(brake.on).toBe(false);
          }
        },
      ),
      { numRuns: 100 },
    );
  });
});

describe('brakeState', () => {
  it('is unknown while nobody evaluated it, or not for five minutes: unknown never kills', () => {
    expect(brakeState(undefined, at(0))).toBe('unknown');
    expect(brakeState(brakeOn(0, { on: false }), at(300))).toBe('off');
    expect(brakeState(brakeOn(0), at(300))).toBe('on');
    expect(brakeState(brakeOn(0, { on: false }), at(301))).toBe('unknown');
  });
});
