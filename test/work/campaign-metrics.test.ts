import { describe, expect, it } from 'vitest';
import { describeProgress, velocityPerDay } from '../../lib/work/campaign-metrics.ts';
import { at, atText } from '../nodes/fixtures.ts';

const HOUR = 3600;
const DAY = 24 * HOUR;
const points = (...values: readonly (readonly [number, number])[]) =>
  values.map(([seconds, value]) => ({ at: atText(seconds), value }));

describe('velocityPerDay', () => {
  it('is the least-squares slope in units per day', () => {
    expect(velocityPerDay(points([-2 * DAY, 10], [-DAY, 20], [0, 30]), at(0))).toBeCloseTo(10);
    // By hand: x = -2, -1, 0 and y = 0, 3, 3 give 3/2.
    expect(velocityPerDay(points([-2 * DAY, 0], [-DAY, 3], [0, 3]), at(0))).toBeCloseTo(1.5);
  });

  it.each([
    ['no measurement', points()],
    ['one measurement', points([0, 5])],
    ['two at the same instant', points([0, 5], [0, 9])],
    ['one within 7 days', points([-8 * DAY, 5], [0, 9])],
  ])('is unknown with %s, which is not 0', (_what, measurements) => {
    expect(velocityPerDay(measurements, at(0))).toBeUndefined();
  });
});

describe('describeProgress', () => {
  const campaign = { target: { metric: 'elo', value: 2000 } };
  const state = (measurements: ReturnType<typeof points>, best: number) => ({
    campaignId: 'hex8',
    metric: 'elo',
    best: { at: atText(0), value: best },
    measurements,
    revision: 1,
  });

  it('shows gap, velocity and when the target would be reached', () => {
    const progress = describeProgress(campaign, state(points([-DAY, 1800], [0, 1900]), 1900), at(0));
    expect(progress).toMatchObject({ gap: 100, isMet: false, velocityPerDay: expect.closeTo(100) });
    expect(Date.parse(progress.etaAt ?? '')).toBeCloseTo(at(DAY).getTime(), -3);
  });

  it.each([
    ['it stands', points([-DAY, 1900], [0, 1900])],
    ['it falls', points([-DAY, 1900], [0, 1800])],
    ['it takes longer than ten years', points([-DAY, 1899.99], [0, 1900])],
    ['nothing is known', points()],
  ])('has no ETA while %s', (_what, measurements) => {
    expect(describeProgress(campaign, state(measurements, 1900), at(0))).not.toHaveProperty('etaAt');
  });

  it.each([
    [1999, false],
    [2000, true],
    [2100, true],
  ])('with a best of %d the target is met: %s', (best, isMet) => {
    expect(describeProgress(campaign, state(points(), best), at(0)).isMet).toBe(isMet);
  });

  it('knows nothing by ratings of another metric', () => {
    const other = { ...state(points([0, 9]), 9), metric: 'loss' };
    expect(describeProgress(campaign, other, at(0))).toEqual({ metric: 'elo', target: 2000, isMet: false });
  });

  it('is not met without a target', () => {
    expect(describeProgress({}, undefined, at(0))).toEqual({ isMet: false });
  });
});
