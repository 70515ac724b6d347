import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { CampaignState } from '../../lib/work/campaign.ts';
import { entitlements, shareFactors } from '../../lib/work/campaign-shares.ts';
import type { CampaignConfig } from '../../lib/work/work-config.ts';
import { at, atText } from '../nodes/fixtures.ts';
import { makeWorkConfig } from './config-fixtures.ts';

const target = { metric: 'elo', value: 2000 };
const makeCampaign = (over: Partial<CampaignConfig> = {}): CampaignConfig => {
  const { hex8 } = makeWorkConfig().campaigns;
  if (hex8 === undefined) throw new Error('the fixture has hex8');
  return { ...hex8, ...over };
};
const measured = (value: number, secondsAgo = 0, samples?: number): CampaignState => ({
  campaignId: 'hex8',
  metric: 'elo',
  best: { at: atText(-secondsAgo), value },
  measurements: [{ at: atText(-secondsAgo), value }],
  ...(samples === undefined ? {} : { samples: { at: atText(0), value: samples } }),
  revision: 1,
});

describe('shareFactors', () => {
  it.each([
    [2001, 0.1],
    [2000, 0.1],
    [1999, 1.002],
    [1500, 2],
    [1000, 3],
    [-500, 3],
  ])('a best of %d of 2000 counts %d: met campaigns keep a maintenance share', (value, distance) => {
    expect(shareFactors(makeCampaign({ target }), measured(value), at(0)).distance).toBeCloseTo(distance);
  });

  it.each([
    [0, 1],
    [3600, 1],
    [9000, 1.25],
    [14_400, 1.5],
    [1_000_000, 1.5],
  ])('measured %d s ago counts %d', (seconds, staleness) => {
    const factors = shareFactors(makeCampaign({ target }), measured(1500, seconds), at(0));
    expect(factors.staleness).toBeCloseTo(staleness);
  });

  it.each([
    [0, 2],
    [50, 1.5],
    [100, 1],
    [200, 1],
    [undefined, 1],
  ])('%s of 100 wanted samples count %d', (samples, deficit) => {
    const campaign = makeCampaign({ target, wantedSamples: 100 });
    expect(shareFactors(campaign, measured(1500, 0, samples), at(0)).deficit).toBeCloseTo(deficit);
  });

  it('lets a campaign that was never measured begin: unknown is no 0 [events#5-31]', () => {
    expect(shareFactors(makeCampaign({ target, wantedSamples: 10 }), undefined, at(0))).toEqual({
      weight: 1,
      distance: 2,
      staleness: 1.5,
      deficit: 1,
    });
  });

  it('is the weight alone without a target', () => {
    const factors = shareFactors(makeCampaign({ weight: 7 }), measured(1, 99_999), at(0));
    expect(factors).toEqual({ weight: 7, distance: 1, staleness: 1, deficit: 1 });
  });
});

describe('entitlements', () => {
  it('follow the weights, but for the twentieth that is divided equally', () => {
    const campaigns = { a: makeCampaign({ weight: 3 }), b: makeCampaign() };
    expect(entitlements(campaigns, [], at(0))).toEqual({
      a: expect.closeTo(0.025 + 0.95 * 0.75),
      b: expect.closeTo(0.025 + 0.95 * 0.25),
    });
    expect(entitlements({}, [], at(0))).toEqual({});
  });

  const weights = fc.array(fc.double({ min: 0.001, max: 1000, noNaN: true }), {
    minLength: 1,
    maxLength: 50,
  });

  it('sum to 1, leave nobody out, and grow with the weight', () => {
    fc.assert(
      fc.property(weights, fc.nat(), (all, pick) => {
        const make = (list: readonly number[]) =>
          Object.fromEntries(list.map((weight, index) => [`c${index}`, makeCampaign({ weight })]));
        const shares = entitlements(make(all), [], at(0));
        expect(Object.values(shares).reduce((sum, share) => sum + share, 0)).toBeCloseTo(1);
        for (const share of Object.values(shares))
          expect(share).toBeGreaterThanOrEqual(0.05 / all.length - 1e-12);
        const index = pick % all.length;
        const heavier = all.map((weight, at) => (at === index ? weight * 1.5 : weight));
        const grown = entitlements(make(heavier), [], at(0));
        expect(grown[`c${index}`] ?? 0).toBeGreaterThanOrEqual((shares[`c${index}`] ?? 0) - 1e-12);
      }),
    );
  });
});
