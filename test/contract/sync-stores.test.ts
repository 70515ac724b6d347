import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import type { BlockedStore } from '../../lib/sync/blocked-store.ts';
import { createDynamoBlockedStore } from '../../lib/sync/dynamo-blocked-store.ts';
import { createDynamoEgressStore } from '../../lib/sync/dynamo-egress-store.ts';
import { createDynamoScheduleStore } from '../../lib/sync/dynamo-schedule-store.ts';
import type { EgressStore } from '../../lib/sync/egress-store.ts';
import { createMemoryBlockedStore } from '../../lib/sync/memory-blocked-store.ts';
import { createMemoryEgressStore } from '../../lib/sync/memory-egress-store.ts';
import { createMemoryScheduleStore } from '../../lib/sync/memory-schedule-store.ts';
import type { ScheduleStore } from '../../lib/sync/schedule-store.ts';
import { type LocalDynamo, startLocalDynamo } from './local-dynamo.ts';

interface Stores {
  readonly egress: EgressStore;
  readonly blocked: BlockedStore;
  readonly schedules: ScheduleStore;
}

let dynamo: LocalDynamo;
beforeAll(async () => {
  dynamo = await startLocalDynamo();
});
afterAll(() => dynamo.stop());

const adapters: [string, () => Promise<Stores>][] = [
  [
    'memory',
    async () => ({
      egress: createMemoryEgressStore(),
      blocked: createMemoryBlockedStore(),
      schedules: createMemoryScheduleStore(),
    }),
  ],
  [
    'DynamoDB',
    async () => {
      const table = await dynamo.createTable(['scope', 'item']);
      return {
        egress: createDynamoEgressStore(dynamo.client, table),
        blocked: createDynamoBlockedStore(dynamo.client, table),
        schedules: createDynamoScheduleStore(dynamo.client, table),
      };
    },
  ],
];
const today = { day: '2026-03-01', bytes: 400, counted: ['d-1'], announced: [80 as const] };

describe.each(adapters)('stores of sync in %s', (_name, createStores) => {
  let stores: Stores;
  beforeEach(async () => {
    stores = await createStores();
  });

  it('keep the egress of each day', async () => {
    expect(await stores.egress.get('2026-03-01')).toBeUndefined();
    expect(await stores.egress.put(today, undefined)).toBe(true);
    expect(await stores.egress.get('2026-03-01')).toEqual({ ...today, revision: 1 });
    expect(await stores.egress.get('2026-03-02')).toBeUndefined();
  });

  it('let one of two writers win that read the same', async () => {
    expect(await stores.egress.put(today, undefined)).toBe(true);
    expect(await stores.egress.put({ ...today, bytes: 1 }, undefined)).toBe(false);
    expect(await stores.egress.put({ ...today, bytes: 800 }, 1)).toBe(true);
    expect(await stores.egress.put({ ...today, bytes: 2 }, 1)).toBe(false);
    expect((await stores.egress.get('2026-03-01'))?.bytes).toBe(800);
  });

  it('remember when schedules last ran, of one of two runs', async () => {
    expect(await stores.schedules.get()).toBeUndefined();
    expect(await stores.schedules.put({ turns: { a: 7 } }, undefined)).toBe(true);
    expect(await stores.schedules.put({ turns: {} }, undefined)).toBe(false);
    expect(await stores.schedules.get()).toEqual({ turns: { a: 7 }, revision: 1 });
  });

  it('remember since when receivers are blocked, of one of two looks', async () => {
    const since = { 'n-0123456789ab': '2026-03-01T12:00:00.000Z' };
    expect(await stores.blocked.get()).toBeUndefined();
    expect(await stores.blocked.put({ since }, undefined)).toBe(true);
    expect(await stores.blocked.put({ since: {} }, undefined)).toBe(false);
    expect(await stores.blocked.get()).toEqual({ since, revision: 1 });
    expect(await stores.blocked.put({ since: {} }, 1)).toBe(true);
    expect(await stores.blocked.get()).toEqual({ since: {}, revision: 2 });
  });
});
