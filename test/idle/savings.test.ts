import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  endedStretches,
  type SavedStretch,
  savingsBetween,
  shadowStretches,
} from '../../lib/idle/savings.ts';
import { atText } from '../nodes/fixtures.ts';

const HOUR = 3600;
const stretch = (startSeconds: number, changes: Partial<SavedStretch> = {}): SavedStretch => ({
  provider: 'vast',
  startAt: atText(startSeconds),
  endAt: undefined,
  microUsdPerHour: 2_000_000,
  ...changes,
});
const dollars = (stretches: readonly SavedStretch[], from = 0, to = 10 * HOUR): number =>
  savingsBetween(stretches, atText(from), atText(to)).total.microUsd;

describe('savingsBetween', () => {
  it.each([
    ['from its end to now', [stretch(9 * HOUR)], 2_000_000],
    ['only within the window', [stretch(-100 * HOUR)], 20_000_000],
    ['until it was used again', [stretch(HOUR, { endAt: atText(2 * HOUR) })], 2_000_000],
    ['nothing of what was over before', [stretch(-3 * HOUR, { endAt: atText(0) })], 0],
    ['nothing of what ends just now', [stretch(10 * HOUR)], 0],
    ['nothing for an unknown price', [stretch(HOUR, { microUsdPerHour: undefined })], 0],
  ])('counts %s', (_, stretches, expected) => {
    expect(dollars(stretches)).toBe(expected);
  });

  it('is the integral of time, not a sum of rates', () => {
    const { total } = savingsBetween([stretch(0), stretch(9 * HOUR)], atText(0), atText(10 * HOUR));
    expect(total).toEqual({ nodes: 2, microUsd: 22_000_000, microUsdPerHour: 4_000_000, unpriced: 0 });
  });

  it('counts nodes without a price beside the sum, and sorts by provider', () => {
    const { rows, total } = savingsBetween(
      [stretch(0), stretch(0, { provider: 'runpod', microUsdPerHour: undefined })],
      atText(0),
      atText(HOUR),
    );
    expect(rows.map(({ provider, unpriced }) => [provider, unpriced])).toEqual([
      ['runpod', 1],
      ['vast', 0],
    ]);
    expect(total.unpriced).toBe(1);
  });

  it('adds up: two windows that touch are together the whole one, to the rounding of each', () => {
    const arbitrary = fc.array(
      fc.record({ start: fc.integer({ min: -9999, max: 9999 }), rate: fc.integer({ min: 0, max: 9e6 }) }),
    );
    fc.assert(
      fc.property(arbitrary, fc.integer({ min: 1, max: 9998 }), (nodes, middle) => {
        const all = nodes.map(({ start, rate }) => stretch(start, { microUsdPerHour: rate }));
        const parts = dollars(all, 0, middle) + dollars(all, middle, 9999);
        expect(Math.abs(parts - dollars(all, 0, 9999))).toBeLessThanOrEqual(1);
      }),
    );
  });
});

const row = (action: string, seconds: number, evidence: Record<string, unknown>) => ({
  auditId: `a-${seconds}`,
  subject: 'node:n-000000000001',
  at: atText(seconds),
  actor: 'x',
  action,
  reason: 'gone',
  evidence,
});

describe('endedStretches', () => {
  const termination = {
    terminationId: 'dr-1',
    requestedAt: atText(0),
    reason: 'idle',
    attempts: 1,
    nextAttemptAt: atText(0),
    microUsdPerHour: 7,
  };

  it('takes confirmed ends as idle, and neither lost nodes nor what a person forced', () => {
    const rows = [
      row('end-node', 10, { provider: 'vast', termination }),
      row('end-node', 20, { provider: 'vast', termination: null }),
      row('end-node', 25, { provider: 'vast' }),
      row('end-node', 30, { provider: 'vast', termination: { ...termination, forcedBy: 'me' } }),
    ];
    expect(endedStretches(rows)).toEqual([
      { provider: 'vast', startAt: atText(10), endAt: undefined, microUsdPerHour: 7 },
    ]);
  });
});

describe('shadowStretches', () => {
  it('counts a matured shadow drain until it ended', () => {
    const matured = [
      row('would-terminate-node', 10, { provider: 'vast', drainId: 'sd-1', microUsdPerHour: 7 }),
      row('would-terminate-node', 20, { provider: 'vast', drainId: 'sd-2' }),
    ];
    const ended = [row('end-shadow-drain', 99, { drainId: 'sd-1' })];
    expect(shadowStretches(matured, ended)).toEqual([
      { provider: 'vast', startAt: atText(10), endAt: atText(99), microUsdPerHour: 7 },
      { provider: 'vast', startAt: atText(20), endAt: undefined, microUsdPerHour: undefined },
    ]);
  });
});
