import { describe, expect, it } from 'vitest';
import { unknown } from '../../lib/health/reading.ts';
import { decidePopulation } from '../../lib/work/decide-population.ts';
import type { PopulationFacts } from '../../lib/work/population-facts.ts';
import { at, atText } from '../nodes/fixtures.ts';
import { makeWorkConfig, type writeWork } from './config-fixtures.ts';
import { makeDepth, makeFacts, row, stored } from './population-fixtures.ts';

const decide = (facts: PopulationFacts, seconds = 0) => decidePopulation(facts, at(seconds));
const madeOf = (facts: PopulationFacts): Record<string, number> =>
  Object.fromEntries(
    decide(facts).requests.map(({ campaignId, template, count }) => [`${campaignId}/${template}`, count]),
  );
const entriesOf = (facts: PopulationFacts) =>
  decide(facts).evidence.campaigns.flatMap(({ campaignId, entries }) =>
    entries.map(({ template, needed, made, limitedBy }) => ({
      campaignId,
      template,
      needed,
      made,
      limitedBy,
    })),
  );

describe('decidePopulation: how much', () => {
  it.each([
    [1, { 'hex8/selfplay': 1 }],
    [2, { 'hex8/selfplay': 1, 'hex8/training': 1 }],
    [3, { 'hex8/selfplay': 2, 'hex8/training': 1 }],
    [10, { 'hex8/selfplay': 6, 'hex8/training': 3, 'hex8/tournament': 1 }],
  ])('splits %d that are needed within one of 60, 30 and 10 percent [events#6-4]', (minimumDepth, made) => {
    expect(madeOf(makeFacts({ config: makeWorkConfig({ section: { minimumDepth } }) }))).toEqual(made);
  });

  it.each([
    [0, 10],
    [5, 10],
    [60, 60],
    [699, 699],
    [9000, 700],
  ])(
    'keeps waiting what the fleet did in the last two hours: %d done, %d wait [events#5-1]',
    (gpu, target) => {
      const facts = makeFacts({ depth: makeDepth([], { gpu }) });
      expect(decide(facts).evidence.classes.find((known) => known.class === 'gpu')?.target).toBe(target);
    },
  );

  it('counts all 60 jobs that wait, and makes none then [events#6-4][events#2.15-1]', () => {
    const rows = [row('selfplay', 36), row('training', 18), row('tournament', 6)];
    const facts = makeFacts({ depth: makeDepth(rows, { gpu: 60 }) });
    expect(decide(facts)).toMatchObject({ action: 'nothing', reason: 'nothing', requests: [] });
    expect(decide(facts).evidence.classes.find((known) => known.class === 'gpu')).toMatchObject({
      waiting: 60,
      target: 60,
    });
  });

  it('makes one job for each free slot of a new fleet, which has done nothing yet', () => {
    const classes = {
      cpu: { nodes: 50, freeSlots: 50 },
      gpu: { nodes: 50, freeSlots: 50 },
      'gpu-large': { nodes: 0, freeSlots: 0 },
    };
    expect(madeOf(makeFacts({ capacity: { classes } }))).toEqual({
      'hex8/selfplay': 30,
      'hex8/training': 15,
      'hex8/tournament': 5,
    });
  });

  it.each([
    [
      'a hold of the fleet',
      { brake: { limit: 'fleet-held' as const, message: 'pause of fleet' } },
      'fleet-held',
    ],
    [
      'a pause of the pipeline',
      { brake: { limit: 'pipeline-paused' as const, message: 'paused' } },
      'pipeline-paused',
    ],
    ['a depth that is not known', { depth: unknown('page 3 failed') }, 'depth-unknown'],
    ['nodes that are not known', { capacity: unknown('throttled') }, 'capacity-unknown'],
    ['a queue that is full', { depth: makeDepth([row('selfplay', 950)]) }, 'backpressure-stop'],
  ])('makes nothing under %s, and says so for every entry', (_what, change, reason) => {
    const facts = makeFacts(change);
    expect(decide(facts)).toMatchObject({
      action: 'nothing',
      reason,
      requests: [],
      evidence: { stoppedBy: { limit: reason } },
    });
    expect(new Set(entriesOf(facts).map(({ limitedBy }) => limitedBy))).toEqual(new Set([reason]));
  });
});

describe('decidePopulation: for whom', () => {
  const mix = [{ template: 'selfplay', share: 1, seed: 'seed' }];
  const twelve = Object.fromEntries(Array.from({ length: 12 }, (_, index) => [`c${index}`, { mix }]));
  const withCampaigns = (campaigns: NonNullable<ReturnType<typeof writeWork>['campaigns']>, section = {}) =>
    makeWorkConfig({ section: { campaigns, ...section } });

  it('gives a campaign that has its part no more, so that the others get theirs [events#5-3]', () => {
    const config = withCampaigns({ a: { mix }, b: { mix } });
    const rows = [row('selfplay', 40, 0, { campaignId: 'a' })];
    expect(madeOf(makeFacts({ config, depth: makeDepth(rows, { gpu: 60 }) }))).toEqual({ 'b/selfplay': 30 });
  });

  it('leaves room for all when jobs of one campaign cannot be run and stay', () => {
    const config = withCampaigns({ a: { mix }, b: { mix } });
    const rows = [row('selfplay', 500, 0, { campaignId: 'a' })];
    expect(madeOf(makeFacts({ config, depth: makeDepth(rows, { gpu: 20 }) }))).toEqual({ 'b/selfplay': 10 });
  });

  it('does not count what people submitted against the campaigns', () => {
    const rows = [row('selfplay', 300, 0, { campaignId: undefined })];
    expect(madeOf(makeFacts({ depth: makeDepth(rows) }))).toMatchObject({ 'hex8/selfplay': 6 });
  });

  it('gives every campaign its turn when there are more campaigns than jobs', () => {
    const config = withCampaigns(twelve, { minimumDepth: 1 });
    const served = new Set<string>();
    let before: PopulationFacts['before'];
    for (let minute = 0; minute < 12; minute += 1) {
      const { requests, evidence } = decide(makeFacts({ config, before }), minute * 60);
      before = stored(evidence);
      for (const { campaignId } of requests) served.add(campaignId);
    }
    expect(served.size).toBe(12);
  });

  it('puts a campaign first that has had nothing for an hour, however small its share', () => {
    const config = withCampaigns({ big: { mix, weight: 1000 }, small: { mix, weight: 0.001 } });
    const first = stored(decide(makeFacts({ config })).evidence);
    const before = {
      ...first,
      campaigns: first.campaigns.map((campaign) => ({ ...campaign, madeAt: atText(0) })),
    };
    const facts = makeFacts({
      config,
      before,
      depth: makeDepth([row('selfplay', 9, 1, { campaignId: 'big' })]),
    });
    expect(decide(facts, 3599).requests).toEqual([{ campaignId: 'big', template: 'selfplay', count: 1 }]);
    expect(decide(facts, 3600).requests).toEqual([{ campaignId: 'small', template: 'selfplay', count: 1 }]);
  });

  it('keeps a small maintenance share for a campaign that met its target, and counts what waits [events#2.15-13][events#5-9]', () => {
    const target = { metric: 'elo', value: 2000 };
    const config = withCampaigns({ met: { mix, target }, far: { mix, target } });
    const state = (campaignId: string, value: number) => ({
      campaignId,
      metric: 'elo',
      best: { at: atText(0), value },
      measurements: [{ at: atText(0), value }],
      revision: 1,
    });
    const states = [state('met', 2100), state('far', 1000)];
    const depth = makeDepth([], { gpu: 100 });
    expect(madeOf(makeFacts({ config, states, depth }))).toEqual({ 'met/selfplay': 6, 'far/selfplay': 94 });
    const rows = [
      row('selfplay', 6, 0, { campaignId: 'met' }),
      row('selfplay', 94, 0, { campaignId: 'far' }),
    ];
    expect(madeOf(makeFacts({ config, states, depth: makeDepth(rows, { gpu: 100 }) }))).toEqual({});
  });

  it('shares the room that a limit of a job type leaves, first with who has none [events#5-9]', () => {
    const config = withCampaigns(twelve, { jobTypes: { selfplay: { maximum: 50 } } });
    const rows = Array.from({ length: 5 }, (_, index) => row('selfplay', 8, 0, { campaignId: `c${index}` }));
    const made = madeOf(makeFacts({ config, depth: makeDepth(rows, { gpu: 600 }) }));
    expect(Object.keys(made)).toHaveLength(7);
    expect(Object.values(made).reduce((sum, count) => sum + count, 0)).toBe(10);
  });

  it.each([
    ['of the entry', { mix: [{ template: 'training', share: 1, maximum: 1 }] }, 'entry-maximum'],
    ['of the campaign', { maximum: 1, mix: [{ template: 'training', share: 1 }] }, 'campaign-maximum'],
  ])(
    'makes no second job beyond the maximum %s, whether the first waits or runs [events#2.15-6]',
    (_what, campaign, limitedBy) => {
      const config = withCampaigns({ hex8: campaign });
      expect(madeOf(makeFacts({ config }))).toEqual({ 'hex8/training': 1 });
      for (const open of [row('training', 1), row('training', 0, 1)]) {
        const facts = makeFacts({ config, depth: makeDepth([open]) });
        expect(madeOf(facts)).toEqual({});
        expect(entriesOf(facts)).toMatchObject([{ limitedBy }]);
      }
    },
  );

  it('obeys a maximum of 0 [events#2.15-10]', () => {
    const config = makeWorkConfig({ section: { jobTypes: { training: { maximum: 0 } } } });
    expect(madeOf(makeFacts({ config }))).not.toHaveProperty('hex8/training');
    expect(entriesOf(makeFacts({ config }))).toContainEqual(
      expect.objectContaining({ template: 'training', made: 0, limitedBy: 'job-type-maximum' }),
    );
  });

  it('makes what a person wants to have open at least, though enough waits', () => {
    const config = makeWorkConfig({
      mix: [
        { template: 'training', share: 0.5, minimum: 2 },
        { template: 'tournament', share: 0.5 },
      ],
    });
    expect(
      madeOf(makeFacts({ config, depth: makeDepth([row('tournament', 40), row('training', 0, 1)]) })),
    ).toMatchObject({ 'hex8/training': 5 });
    const full = makeDepth([row('tournament', 200), row('training', 200)]);
    expect(madeOf(makeFacts({ config, depth: full }))).toEqual({});
    const campaign = makeWorkConfig({ campaign: { minimum: 20 } });
    expect(
      Object.values(madeOf(makeFacts({ config: campaign }))).reduce((sum, count) => sum + count, 0),
    ).toBe(20);
  });

  it('makes nothing that no live node can take, and says so; the others get its part', () => {
    const config = makeWorkConfig();
    const templates = new Map([
      ['selfplay', 3],
      ['tournament', 3],
    ]);
    const facts = makeFacts({ config, capacity: { templates } });
    expect(madeOf(facts)).toEqual({ 'hex8/selfplay': 9, 'hex8/tournament': 1 });
    expect(entriesOf(facts)[1]).toMatchObject({ template: 'training', made: 0, limitedBy: 'no-live-node' });
  });

  it('makes nothing for a campaign that a person paused; the others get its part', () => {
    const config = withCampaigns({ a: { mix }, b: { mix } });
    const facts = makeFacts({ config, isHeld: (campaignId) => campaignId === 'a' });
    expect(madeOf(facts)).toEqual({ 'b/selfplay': 10 });
    expect(entriesOf(facts)[0]).toMatchObject({ campaignId: 'a', limitedBy: 'campaign-held' });
  });

  it('at slow keeps a quarter, and gives one job to who has nothing at all', () => {
    const config = withCampaigns({ a: { mix }, b: { mix }, c: { mix } });
    const rows = [row('selfplay', 770, 0, { campaignId: 'a' }), row('selfplay', 0, 1, { campaignId: 'b' })];
    const facts = makeFacts({ config, depth: makeDepth(rows, { gpu: 9 }) });
    const { evidence, requests } = decide(facts);
    expect(evidence.level).toBe('slow');
    expect(requests).toContainEqual({ campaignId: 'c', template: 'selfplay', count: 1 });
    expect(requests).not.toContainEqual(expect.objectContaining({ campaignId: 'a' }));
  });

  it('never makes more than the hard limit leaves', () => {
    const config = makeWorkConfig({ campaign: { minimum: 5000 }, section: { maximumDepth: 100 } });
    const facts = makeFacts({ config, depth: makeDepth([row('selfplay', 70)]) });
    expect(Object.values(madeOf(facts)).reduce((sum, count) => sum + count, 0)).toBe(30);
    expect(entriesOf(facts).filter(({ limitedBy }) => limitedBy === 'queue-full').length).toBeGreaterThan(0);
  });
});

describe('decidePopulation: idle nodes without work', () => {
  const classes = {
    cpu: { nodes: 0, freeSlots: 0 },
    gpu: { nodes: 4, freeSlots: 4 },
    'gpu-large': { nodes: 0, freeSlots: 0 },
  };
  const config = makeWorkConfig({ campaign: { maximum: 0 } });
  const starvedOf = (facts: PopulationFacts, seconds = 0) =>
    decide(facts, seconds).evidence.classes.find((known) => known.class === 'gpu')?.starvedSince;

  it('says since when a class starves', () => {
    const first = decide(makeFacts({ config, capacity: { classes } }));
    expect(starvedOf(makeFacts({ config, capacity: { classes } }))).toBe(atText(0));
    const before = stored(first.evidence);
    expect(starvedOf(makeFacts({ config, capacity: { classes }, before }), 60)).toBe(atText(0));
  });

  it.each([
    ['work waits', { depth: makeDepth([row('selfplay', 1)]) }],
    ['no slot is free', { capacity: {} }],
    ['a person stopped it', { brake: { limit: 'fleet-held' as const, message: '' } }],
    ['some is made now', { config: makeWorkConfig() }],
  ])('does not say so while %s', (_what, change) => {
    expect(starvedOf(makeFacts({ config, capacity: { classes }, ...change }))).toBeUndefined();
  });
});
