import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { BudgetStore } from '../../lib/providers/budget-store.ts';
import { createDynamoBudgetStore } from '../../lib/providers/dynamo-budget-store.ts';
import { createDynamoInstanceStore } from '../../lib/providers/dynamo-instance-store.ts';
import { createDynamoProviderStateStore } from '../../lib/providers/dynamo-provider-state-store.ts';
import type { InstanceStore } from '../../lib/providers/instance-store.ts';
import { createMemoryBudgetStore } from '../../lib/providers/memory-budget-store.ts';
import { createMemoryInstanceStore } from '../../lib/providers/memory-instance-store.ts';
import { createMemoryProviderStateStore } from '../../lib/providers/memory-provider-state-store.ts';
import type { Segment } from '../../lib/providers/meter.ts';
import type { ProviderStateStore } from '../../lib/providers/provider-state-store.ts';
import { at, atText } from '../nodes/fixtures.ts';
import { makeRecord } from '../providers/fixtures.ts';
import { type LocalDynamo, startLocalDynamo } from './local-dynamo.ts';

interface Stores {
  readonly instances: InstanceStore;
  readonly states: ProviderStateStore;
  readonly budgets: BudgetStore;
}

const DAY = 86_400;
let dynamo: LocalDynamo;
beforeAll(async () => {
  dynamo = await startLocalDynamo();
});
afterAll(() => dynamo.stop());

const adapters: [string, () => Promise<Stores>][] = [
  [
    'memory',
    async () => ({
      instances: createMemoryInstanceStore(),
      states: createMemoryProviderStateStore(),
      budgets: createMemoryBudgetStore(),
    }),
  ],
  [
    'DynamoDB',
    async () => {
      const control = await dynamo.createTable(['scope', 'item']);
      return {
        instances: createDynamoInstanceStore(dynamo.client, await dynamo.createTable(['scope', 'item'])),
        states: createDynamoProviderStateStore(dynamo.client, control),
        budgets: createDynamoBudgetStore(dynamo.client, control),
      };
    },
  ],
];

describe.each(adapters)('the stores of providers in %s', (_name, createStores) => {
  it('keep one record per instance, for the first who writes it', async () => {
    const { instances } = await createStores();
    const { revision: _revision, ...record } = makeRecord('1');
    expect(await instances.put(record, undefined)).toBe(true);
    expect(await instances.put(record, undefined)).toBe(false);
    expect(await instances.put({ ...record, misses: 1 }, 1)).toBe(true);
    expect(await instances.put(record, 1)).toBe(false);
    expect(await instances.list('vast')).toEqual([{ ...record, misses: 1, revision: 2 }]);
    expect(await instances.list('runpod')).toEqual([]);
  });

  it('find the stretches that overlap a time, over months, each once however often it was written', async () => {
    const { instances } = await createStores();
    const stretch = (from: number, to: number, changes: Partial<Segment> = {}): Segment => ({
      provider: 'vast',
      instanceId: '1',
      startAt: atText(from),
      endAt: atText(to),
      charge: { microUsdPerHour: 5 },
      ...changes,
    });
    // The clock of the fixtures starts on 31 January at noon.
    const january = stretch(-10 * DAY, -9 * DAY);
    const february = stretch(DAY, 2 * DAY);
    for (const segment of [january, february, stretch(DAY, 1.5 * DAY, { instanceId: '2' }), february])
      await instances.addSegment(segment);
    await instances.addSegment(stretch(DAY, 3 * DAY, { provider: 'runpod' }));
    expect(await instances.listSegments('vast', at(-9.5 * DAY), at(1.2 * DAY))).toHaveLength(3);
    expect(await instances.listSegments('vast', at(-9 * DAY), at(DAY))).toEqual([]);
    expect(await instances.listSegments('vast', at(1.6 * DAY), at(9 * DAY))).toEqual([february]);
    await instances.addSegment(stretch(DAY, 2.5 * DAY));
    expect(await instances.listSegments('vast', at(2.2 * DAY), at(9 * DAY))).toMatchObject([
      { endAt: atText(2.5 * DAY) },
    ]);
  });

  it('keep the state of each provider, for the first who writes it', async () => {
    const { states } = await createStores();
    const state = { provider: 'vast' as const, attemptedAt: atText(0), listingNumber: 3 };
    expect(await states.put(state, undefined)).toBe(true);
    expect(await states.put(state, undefined)).toBe(false);
    expect(await states.put({ ...state, listedAt: atText(1) }, 1)).toBe(true);
    expect(await states.get('vast')).toEqual({ ...state, listedAt: atText(1), revision: 2 });
    expect(await states.get('runpod')).toBeUndefined();
    expect(await states.list()).toHaveLength(1);
  });

  it('let one cycle of a provider run at a time', async () => {
    const { states } = await createStores();
    expect(await states.takeLease('reconcile', 'vast', 'a', at(0), at(60))).toBe(true);
    expect(await states.takeLease('reconcile', 'vast', 'b', at(59), at(99))).toBe(false);
    expect(await states.takeLease('reconcile', 'runpod', 'b', at(59), at(99))).toBe(true);
    expect(await states.takeLease('idle', 'vast', 'b', at(59), at(99))).toBe(true);
    expect(await states.takeLease('reconcile', 'vast', 'b', at(60), at(99))).toBe(true);
    // The lease of `a` ran out: it must not free that of `b`.
    await states.releaseLease('reconcile', 'vast', 'a');
    expect(await states.takeLease('reconcile', 'vast', 'c', at(70), at(99))).toBe(false);
    await states.releaseLease('reconcile', 'vast', 'b');
    expect(await states.takeLease('reconcile', 'vast', 'c', at(70), at(99))).toBe(true);
  });

  it('keep budgets and the steps they reached', async () => {
    const { budgets } = await createStores();
    expect(await budgets.put({ scope: 'fleet', dayMicroUsd: 5 }, undefined)).toBe(true);
    expect(await budgets.put({ scope: 'fleet', dayMicroUsd: 6 }, undefined)).toBe(false);
    expect(await budgets.list()).toEqual([{ scope: 'fleet', dayMicroUsd: 5, revision: 1 }]);
    expect(await budgets.getMark('fleet', '2026-01-31')).toBeUndefined();
    expect(await budgets.putMark('fleet', '2026-01-31', 'warn', undefined, at(DAY))).toBe(true);
    expect(await budgets.putMark('fleet', '2026-01-31', 'pause', undefined, at(DAY))).toBe(false);
    expect(await budgets.putMark('fleet', '2026-01-31', 'pause', 1, at(DAY))).toBe(true);
    expect(await budgets.getMark('fleet', '2026-01-31')).toEqual({ level: 'pause', revision: 2 });
  });
});
