import { describe, expect, it } from 'vitest';
import { decidePopulation } from '../../lib/work/decide-population.ts';
import { sharesByWeight, sharesOfCycle } from '../../lib/work/fair-shares.ts';
import { lateFirst } from '../../lib/work/late-first.ts';
import { at, atText } from '../nodes/fixtures.ts';
import { makeWorkConfig } from './config-fixtures.ts';
import { makeFacts, stored } from './population-fixtures.ts';

const mix = [{ template: 'training', share: 1 }];
const withCampaigns = (...names: readonly string[]) =>
  makeWorkConfig({
    section: {
      campaigns: Object.fromEntries(names.map((name, index) => [name, { mix, weight: 3 - index }])),
    },
  });

describe('sharesOfCycle', () => {
  const config = withCampaigns('a', 'b');
  const cycle = stored(decidePopulation(makeFacts({ config }), at(0)).evidence);

  it('are those by which work was made', () => {
    expect(sharesOfCycle(config, cycle)).toEqual({ a: 0.595, b: 0.405 });
  });

  it('are by weight before there was a cycle, and when it does not know a campaign yet', () => {
    expect(sharesOfCycle(config, undefined)).toEqual({ a: 0.6, b: 0.4 });
    const more = withCampaigns('a', 'b', 'c');
    expect(sharesOfCycle(more, cycle)).toEqual(sharesByWeight(more));
  });

  it('leave out a campaign that is gone', () => {
    expect(sharesOfCycle(withCampaigns('a'), cycle)).toEqual({ a: 0.595 });
  });
});

describe('lateFirst', () => {
  const since: Record<string, string | undefined> = {
    a: undefined,
    b: atText(0),
    c: atText(-60),
    d: atText(60),
  };

  it.each([
    [3599, ['c', 'a', 'b', 'd']],
    [3600, ['c', 'b', 'a', 'd']],
    [3660, ['c', 'b', 'd', 'a']],
  ])(
    'at %d s puts first who has waited an hour for nothing, the longest wait before all',
    (seconds, order) => {
      expect(lateFirst(['a', 'b', 'c', 'd'], (name) => since[name], at(seconds))).toEqual(order);
    },
  );

  it('leaves the order as it is while nobody is late', () => {
    expect(lateFirst(['a', 'b'], () => atText(0), at(3000))).toEqual(['a', 'b']);
  });
});
