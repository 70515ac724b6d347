import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { INDEXES } from '../../lib/constants.ts';
import { createDynamoPopulationStore } from '../../lib/work/dynamo-population-store.ts';
import { createDynamoWorkStore } from '../../lib/work/dynamo-work-store.ts';
import { createDynamoWorkTallies } from '../../lib/work/dynamo-work-tallies.ts';
import { createMemoryPopulationStore } from '../../lib/work/memory-population-store.ts';
import { createMemoryWorkStore } from '../../lib/work/memory-work-store.ts';
import { createMemoryWorkTallies } from '../../lib/work/memory-work-tallies.ts';
import type { NextPopulation, PopulationStore } from '../../lib/work/population.ts';
import type { WorkItem } from '../../lib/work/work-item.ts';
import type { WorkStore } from '../../lib/work/work-store.ts';
import type { WorkTallies } from '../../lib/work/work-tally.ts';
import { atText } from '../nodes/fixtures.ts';
import { makeItem, workIdOf } from '../work/work-fixture.ts';
import { type LocalDynamo, startLocalDynamo } from './local-dynamo.ts';

let dynamo: LocalDynamo;
beforeAll(async () => {
  dynamo = await startLocalDynamo();
});
afterAll(() => dynamo.stop());

const populationStores: [string, () => Promise<PopulationStore>][] = [
  ['memory', async () => createMemoryPopulationStore()],
  [
    'DynamoDB',
    async () => createDynamoPopulationStore(dynamo.client, await dynamo.createTable(['scope', 'item'])),
  ],
];

const makePopulation = (campaignCount: number): NextPopulation => ({
  at: atText(0),
  level: 'slow',
  readings: [{ source: 'queue', level: 'slow', fraction: 0.8, message: '800 jobs wait' }],
  classes: [
    {
      class: 'gpu',
      nodes: 3,
      freeSlots: 1,
      waiting: 800,
      drainedPerHour: 12.5,
      target: 25,
      made: 0,
      starvedSince: atText(-60),
    },
  ],
  campaigns: Array.from({ length: campaignCount }, (_, index) => ({
    campaignId: `campaign-with-a-long-name-${index}`,
    entitlement: Number((1 / campaignCount).toFixed(4)),
    carry: { gpu: Number((Math.sin(index) / 2).toFixed(4)) },
    madeAt: atText(-index),
    entries: ['selfplay', 'training', 'tournament'].map((template, at) => ({
      template,
      jobType: template,
      class: 'gpu' as const,
      waiting: index % 7,
      running: at,
      needed: 2,
      made: 0,
      limitedBy: 'backpressure-slow' as const,
      carry: Number((Math.cos(index * at) / 2).toFixed(4)),
      madeAt: atText(-index * at),
    })),
  })),
});

describe.each(populationStores)('PopulationStore in %s', (_name, createStore) => {
  it('keeps a cycle whole, and lets only the first writer win', async () => {
    const populations = await createStore();
    expect(await populations.get()).toBeUndefined();
    expect(await populations.put(makePopulation(1), undefined)).toBe(true);
    expect(await populations.put(makePopulation(2), undefined)).toBe(false);
    expect(await populations.put(makePopulation(3), 1)).toBe(true);
    expect(await populations.put(makePopulation(4), 1)).toBe(false);
    expect(await populations.get()).toEqual({ ...makePopulation(3), revision: 2 });
  });

  it('keeps a thousand campaigns in its one item of 400 KB', async () => {
    const populations = await createStore();
    await populations.put(makePopulation(1000), undefined);
    expect((await populations.get())?.campaigns).toHaveLength(1000);
  });
});

const tallyStores: [string, () => Promise<{ work: WorkStore; tallies: WorkTallies }>][] = [
  [
    'memory',
    async () => {
      const work = createMemoryWorkStore();
      return { work, tallies: createMemoryWorkTallies(work) };
    },
  ],
  [
    'DynamoDB',
    async () => {
      const table = await dynamo.createTable(
        ['workId'],
        [INDEXES.workByStatus, 'statusClass', 'availableAt'],
      );
      return {
        work: createDynamoWorkStore(dynamo.client, table),
        tallies: createDynamoWorkTallies(dynamo.client, table),
      };
    },
  ],
];

describe.each(tallyStores)('WorkTallies in %s', (_name, createStores) => {
  it('counts every open item once, by campaign, template and class [events#6-4][events#2.15-1]', async () => {
    const { work, tallies } = await createStores();
    let made = 0;
    const add = async (count: number, over: Partial<WorkItem>): Promise<void> => {
      for (let index = 0; index < count; index += 1) {
        made += 1;
        await work.create(makeItem({ workId: workIdOf(made), ...over }));
      }
    };
    await add(60, { campaignId: 'hex8', class: 'gpu' });
    await add(2, { campaignId: 'hex8', class: 'gpu', status: 'running' });
    await add(1, { campaignId: 'hex8', class: 'gpu', status: 'leased' });
    await add(1, { campaignId: 'hex8', class: 'gpu', status: 'blocked' });
    await add(3, { class: 'cpu', template: 'training', jobType: 'training' });
    await add(5, { campaignId: 'hex8', class: 'gpu', status: 'succeeded', endedAt: atText(1) });
    const { rows, pending } = await tallies.count();
    expect(pending).toEqual({ cpu: 3, gpu: 60, 'gpu-large': 0 });
    expect(rows).toHaveLength(2);
    expect(rows).toEqual(
      expect.arrayContaining([
        {
          campaignId: 'hex8',
          template: 'selfplay',
          jobType: 'selfplay',
          class: 'gpu',
          waiting: 61,
          running: 3,
        },
        {
          campaignId: undefined,
          template: 'training',
          jobType: 'training',
          class: 'cpu',
          waiting: 3,
          running: 0,
        },
      ]),
    );
  });

  it('is 0 for an empty queue', async () => {
    const { tallies } = await createStores();
    expect(await tallies.count()).toEqual({ rows: [], pending: { cpu: 0, gpu: 0, 'gpu-large': 0 } });
  });
});
