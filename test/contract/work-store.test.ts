import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { INDEXES } from '../../lib/constants.ts';
import { createDynamoWorkStore } from '../../lib/work/dynamo-work-store.ts';
import { createMemoryWorkStore } from '../../lib/work/memory-work-store.ts';
import type { WorkItem } from '../../lib/work/work-item.ts';
import { failItem, leaseItem, startItem, succeedItem } from '../../lib/work/work-steps.ts';
import type { WorkStore } from '../../lib/work/work-store.ts';
import { at, atText } from '../nodes/fixtures.ts';
import { artifactIdOf, makeItem, nodeIdOf, workIdOf } from '../work/work-fixture.ts';
import { type LocalDynamo, startLocalDynamo } from './local-dynamo.ts';

let dynamo: LocalDynamo;

beforeAll(async () => {
  dynamo = await startLocalDynamo();
});
afterAll(() => dynamo.stop());

const workTable = (): Promise<string> =>
  dynamo.createTable(
    ['workId'],
    [INDEXES.workByStatus, 'statusClass', 'availableAt'],
    [INDEXES.workByCampaign, 'campaignId', 'createdAt'],
    [INDEXES.workByUntold, 'untoldClass', 'workId'],
  );

const adapters: [string, () => Promise<WorkStore>][] = [
  ['memory', async () => createMemoryWorkStore()],
  ['DynamoDB', async () => createDynamoWorkStore(dynamo.client, await workTable())],
];

describe.each(adapters)('WorkStore in %s', (_name, createStore) => {
  let work: WorkStore;
  const item = (index: number, overrides: Partial<WorkItem> = {}): WorkItem =>
    makeItem({ workId: workIdOf(index), ...overrides });

  beforeEach(async () => {
    work = await createStore();
  });

  it('keeps what was created, once', async () => {
    const first = item(1, { campaignId: 'hex8', avoid: { [nodeIdOf(1)]: atText(5) } });
    expect(await work.create(first)).toBe(true);
    expect(await work.create({ ...first, jobType: 'other' })).toBe(false);
    expect(await work.get(first.workId)).toEqual(first);
    expect(await work.get(workIdOf(2))).toBeUndefined();
  });

  it('lets one of two writers change an item', async () => {
    await work.create(item(1));
    const changes = ['a', 'b', 'c'].map((createdBy) => work.replace({ ...item(1), createdBy }));
    expect((await Promise.all(changes)).filter(Boolean)).toHaveLength(1);
    expect(await work.get(workIdOf(1))).toMatchObject({ revision: 1 });
    expect(await work.replace(item(2))).toBe(false);
    expect(await work.get(workIdOf(2))).toBeUndefined();
  });

  it('keeps every step of an item', async () => {
    const node = { token: 't-1', nodeId: nodeIdOf(1) };
    const leased = leaseItem(item(1), node, at(0));
    const started = startItem(leased, atText(1));
    const failed = failItem(started, { class: 'transient', message: 'exit code 1' }, at(2));
    const done = succeedItem(
      started,
      { durationSeconds: 2, evidence: { gamesPlayed: 3 }, outputs: [artifactIdOf(1)] },
      at(3),
    );
    for (const [index, step] of [leased, started, failed, done].entries()) {
      const workId = workIdOf(index + 10);
      await work.create(item(index + 10));
      expect(await work.replace({ ...step, workId })).toBe(true);
      expect(await work.get(workId)).toEqual({ ...step, workId, revision: 1 });
    }
  });

  it('reports 60 that wait as 60, also when they fill more than one page [events#6-4] [events#2.15-1]', async () => {
    const parameters = Object.fromEntries(
      Array.from({ length: 24 }, (_, index) => [`p${index}`, 'x'.repeat(1000)]),
    );
    const items = Array.from({ length: 60 }, (_, index) => item(index + 1, { parameters }));
    for (const one of items) await work.create(one);
    expect(JSON.stringify(items).length).toBeGreaterThan(1024 * 1024);
    expect(await work.count('pending')).toEqual({ cpu: 60, gpu: 0, 'gpu-large': 0 });
    expect(await work.listByStatus('pending', 'cpu')).toHaveLength(60);
  });

  it('lists what is not told yet, until the item of that revision was told of', async () => {
    const untold = [{ what: 'retried' as const, at: atText(1) }];
    await work.create(item(1, { untold }));
    await work.create(item(2, { untold, class: 'gpu' }));
    await work.create(item(3));
    expect((await work.listUntold()).toSorted()).toEqual([workIdOf(1), workIdOf(2)]);

    await work.markTold(item(1, { untold }));
    expect(await work.listUntold()).toEqual([workIdOf(2)]);
    expect(await work.get(workIdOf(1))).toEqual(item(1));
    await work.replace(item(2, { untold, class: 'gpu' }));
    await work.markTold(item(2, { untold, class: 'gpu' }));
    expect(await work.get(workIdOf(2))).toMatchObject({ untold, revision: 1 });
    await work.markTold(item(4));
    expect(await work.get(workIdOf(4))).toBeUndefined();
  });

  it('counts by status and class, and what ended since', async () => {
    await work.create(item(1));
    await work.create(item(2, { class: 'gpu' }));
    await work.create(item(3, { class: 'gpu-large', status: 'running' }));
    for (const [index, seconds] of [10, 20, 30].entries()) {
      const ended = { status: 'succeeded' as const, endedAt: atText(seconds), availableAt: atText(seconds) };
      await work.create(item(index + 10, ended));
    }
    expect(await work.count('pending')).toEqual({ cpu: 1, gpu: 1, 'gpu-large': 0 });
    expect(await work.count('running')).toEqual({ cpu: 0, gpu: 0, 'gpu-large': 1 });
    expect(await work.countSince('succeeded', at(20))).toEqual({ cpu: 2, gpu: 0, 'gpu-large': 0 });
  });

  it('lists candidates, the longest available first', async () => {
    for (const [index, seconds] of [30, 10, 20].entries())
      await work.create(item(index + 1, { availableAt: atText(seconds) }));
    await work.create(item(9, { class: 'gpu' }));
    const idsOf = async (limit?: number) =>
      (await work.listByStatus('pending', 'cpu', limit)).map(({ workId }) => workId);
    expect(await idsOf()).toEqual([workIdOf(2), workIdOf(3), workIdOf(1)]);
    expect(await idsOf(2)).toEqual([workIdOf(2), workIdOf(3)]);
    expect(await work.listByStatus('blocked', 'cpu')).toEqual([]);
  });

  it('lists of what waits the oldest of each lane, campaign and job type', async () => {
    const waits: [number, number, Partial<WorkItem>][] = [
      [1, 10, { campaignId: 'hex8' }],
      [2, 20, { campaignId: 'hex8' }],
      [3, 30, { campaignId: 'hex8' }],
      [4, 40, { campaignId: 'hex8', jobType: 'other' }],
      [5, 50, { campaignId: 'hex8', lane: 'urgent' }],
      [6, 60, {}],
      [7, 70, { campaignId: 'sq8' }],
      [8, 5, { class: 'gpu' }],
      [9, 5, { status: 'blocked' }],
    ];
    for (const [index, seconds, overrides] of waits)
      await work.create(item(index, { availableAt: atText(seconds), ...overrides }));
    const idsOf = async (perGroup: number, look: number) =>
      (await work.listWaiting('cpu', { perGroup, look })).map(({ workId }) => workId);
    expect(await idsOf(2, 100)).toEqual([1, 2, 4, 5, 6, 7].map(workIdOf));
    expect(await idsOf(1, 6)).toEqual([1, 4, 5, 6].map(workIdOf));
  });

  it('lists what became available last, over all classes', async () => {
    const ended = (seconds: number) => ({ status: 'failed' as const, availableAt: atText(seconds) });
    await work.create(item(1, ended(10)));
    await work.create(item(2, { ...ended(30), class: 'gpu' }));
    await work.create(item(3, { ...ended(20), class: 'gpu-large' }));
    await work.create(item(4));
    const idsOf = async (limit: number) =>
      (await work.listNewest('failed', limit)).map(({ workId }) => workId);
    expect(await idsOf(9)).toEqual([workIdOf(2), workIdOf(3), workIdOf(1)]);
    expect(await idsOf(2)).toEqual([workIdOf(2), workIdOf(3)]);
  });

  it("lists a campaign's work, the newest first", async () => {
    for (const [index, seconds] of [10, 30, 20].entries())
      await work.create(item(index + 1, { campaignId: 'hex8', createdAt: atText(seconds) }));
    await work.create(item(9));
    const listed = await work.listByCampaign('hex8', 2);
    expect(listed.map(({ workId }) => workId)).toEqual([workIdOf(2), workIdOf(3)]);
  });

  it('keeps the details of the last attempt beside the item, where nobody counts them', async () => {
    await work.create(item(1));
    const details = { token: 't-1', at: atText(1), logTail: 'line\n', outputs: [artifactIdOf(1)] };
    await work.putDetails(workIdOf(1), details);
    expect(await work.getDetails(workIdOf(1))).toEqual(details);
    expect(await work.getDetails(workIdOf(2))).toBeUndefined();
    expect(await work.count('pending')).toMatchObject({ cpu: 1 });
  });
});

describe('a depth of which a page cannot be read', () => {
  it('is unknown, and no smaller number', async () => {
    const name = await workTable();
    const work = createDynamoWorkStore(dynamo.client, name);
    const parameters = Object.fromEntries(
      Array.from({ length: 24 }, (_, index) => [`p${index}`, 'x'.repeat(1000)]),
    );
    for (let index = 1; index <= 60; index += 1)
      await work.create(makeItem({ workId: workIdOf(index), parameters }));
    expect(await work.count('pending')).toMatchObject({ cpu: 60 });
    dynamo.client.middlewareStack.add(
      (next) => async (args) => {
        if ('ExclusiveStartKey' in args.input) throw new Error('the table throttles');
        return next(args);
      },
      { name: 'failing-page', step: 'initialize' },
    );
    await expect(work.count('pending')).rejects.toThrow('the table throttles');
    dynamo.client.middlewareStack.remove('failing-page');
  });
});
