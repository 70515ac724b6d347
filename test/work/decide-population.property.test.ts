import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { decidePopulation } from '../../lib/work/decide-population.ts';
import { at } from '../nodes/fixtures.ts';
import { makeWorkConfig } from './config-fixtures.ts';
import { makeDepth, makeFacts, row, stored } from './population-fixtures.ts';

const TYPES = ['selfplay', 'training', 'tournament'] as const;
const limit = fc.option(fc.integer({ min: 0, max: 30 }), { nil: undefined });
const bounds = fc.record({ minimum: fc.integer({ min: 0, max: 8 }), room: limit });
const campaign = fc.record({
  weight: fc.double({ min: 0.01, max: 100, noNaN: true }),
  bounds,
  entries: fc.tuple(bounds, bounds, bounds),
  waiting: fc.tuple(fc.nat(40), fc.nat(40), fc.nat(40)),
  running: fc.tuple(fc.nat(5), fc.nat(5), fc.nat(5)),
  isHeld: fc.boolean(),
});
const fleet = fc.record({
  campaigns: fc.array(campaign, { minLength: 1, maxLength: 8 }),
  drained: fc.nat(300),
  typeMaximum: limit,
  maximumDepth: fc.integer({ min: 20, max: 1000 }),
});
type Fleet = typeof fleet extends fc.Arbitrary<infer Value> ? Value : never;

const withBounds = ({ minimum, room }: { minimum: number; room: number | undefined }) => ({
  minimum,
  ...(room === undefined ? {} : { maximum: minimum + room }),
});

const factsOf = ({ campaigns, drained, typeMaximum, maximumDepth }: Fleet, extraWaiting = 0) => {
  const config = makeWorkConfig({
    section: {
      campaigns: Object.fromEntries(
        campaigns.map(({ weight, bounds: own, entries }, index) => [
          `c${index}`,
          {
            weight,
            ...withBounds(own),
            mix: TYPES.map((template, type) => ({
              template,
              share: [0.6, 0.3, 0.1][type] ?? 0,
              ...withBounds(entries[type] ?? { minimum: 0, room: undefined }),
              ...(template === 'selfplay' ? { seed: 'seed' } : {}),
            })),
          },
        ]),
      ),
      minimumDepth: 10,
      maximumDepth,
      backpressure: { trainingBacklog: 100_000 },
      ...(typeMaximum === undefined ? {} : { jobTypes: { training: { maximum: typeMaximum } } }),
    },
  });
  const rows = campaigns.flatMap(({ waiting, running }, index) =>
    TYPES.map((template, type) =>
      row(template, (waiting[type] ?? 0) + extraWaiting, running[type] ?? 0, { campaignId: `c${index}` }),
    ),
  );
  const isHeld = (campaignId: string): boolean => campaigns[Number(campaignId.slice(1))]?.isHeld ?? false;
  return makeFacts({ config, depth: makeDepth(rows, { gpu: drained }), isHeld });
};

const sum = (numbers: readonly number[]): number => numbers.reduce((all, number) => all + number, 0);

describe('decidePopulation, for any fleet', () => {
  it('makes no more than the queue takes, and nothing at stop', () => {
    return fc.assert(
      fc.property(fleet, (any) => {
        const { requests, evidence } = decidePopulation(factsOf(any), at(0));
        const made = sum(requests.map(({ count }) => count));
        const waiting = sum(any.campaigns.flatMap((one) => one.waiting));
        expect(made).toBeLessThanOrEqual(Math.max(0, any.maximumDepth - waiting));
        if (evidence.level === 'stop') expect(made).toBe(0);
      }),
    );
  });

  it('keeps every maximum, and every minimum that they leave room for', () => {
    return fc.assert(
      fc.property(fleet, (any) => {
        const { evidence } = decidePopulation(factsOf(any), at(0));
        let trainings = 0;
        for (const [index, { entries }] of evidence.campaigns.entries()) {
          const written = any.campaigns[index];
          if (written === undefined) throw new Error('there is no such campaign');
          const open = sum(entries.map(({ waiting, running }) => waiting + running));
          const made = sum(entries.map((entry) => entry.made));
          if (written.isHeld) expect(made).toBe(0);
          const { minimum, room } = written.bounds;
          if (room !== undefined && made > 0) expect(open + made).toBeLessThanOrEqual(minimum + room);
          for (const [type, entry] of entries.entries()) {
            const own = written.entries[type];
            const total = entry.waiting + entry.running + entry.made;
            if (entry.jobType === 'training') trainings += entry.made > 0 ? entry.made : 0;
            if (own?.room !== undefined && entry.made > 0)
              expect(total).toBeLessThanOrEqual(own.minimum + own.room);
            if (entry.limitedBy === 'nothing') expect(total).toBeGreaterThanOrEqual(own?.minimum ?? 0);
            expect(entry.made >= entry.needed || entry.limitedBy !== 'nothing').toBe(true);
          }
        }
        const openTrainings = sum(any.campaigns.map((one) => (one.waiting[1] ?? 0) + (one.running[1] ?? 0)));
        if (any.typeMaximum !== undefined && trainings > 0)
          expect(openTrainings + trainings).toBeLessThanOrEqual(any.typeMaximum);
      }),
    );
  });

  it('makes no more when more waits', () => {
    return fc.assert(
      fc.property(fleet, (any) => {
        const count = (extra: number): number =>
          sum(decidePopulation(factsOf(any, extra), at(0)).requests.map((request) => request.count));
        expect(count(3)).toBeLessThanOrEqual(count(0));
      }),
    );
  });

  it('gives everybody a turn within an hour and a few cycles, when one job is made each minute', () => {
    const weights = fc.array(fc.double({ min: 0.001, max: 1000, noNaN: true }), {
      minLength: 2,
      maxLength: 12,
    });
    return fc.assert(
      fc.property(weights, (all) => {
        const mix = [{ template: 'training', share: 1 }];
        const campaigns = Object.fromEntries(all.map((weight, index) => [`c${index}`, { mix, weight }]));
        const config = makeWorkConfig({ section: { campaigns, minimumDepth: 1 } });
        const served = new Set<string>();
        let before: ReturnType<typeof stored> | undefined;
        for (let minute = 0; minute < 60 + all.length * 2; minute += 1) {
          const { requests, evidence } = decidePopulation(makeFacts({ config, before }), at(minute * 60));
          before = stored(evidence);
          for (const { campaignId } of requests) served.add(campaignId);
        }
        expect(served.size).toBe(all.length);
      }),
      { numRuns: 30 },
    );
  });
});
