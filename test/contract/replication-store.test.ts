import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { createDynamoReplicationStore } from '../../lib/replication/dynamo-replication-store.ts';
import { createMemoryReplicationStore } from '../../lib/replication/memory-replication-store.ts';
import type { ReplicationStore } from '../../lib/replication/replication-store.ts';
import { beginRepairs } from '../../lib/replication/use-budget.ts';
import { addSeconds } from '../../lib/time.ts';
import { nodeIdOf, START } from '../distribution/fixtures.ts';
import { at, makeRunning } from '../replication/fixtures.ts';
import { type LocalTables, startLocalTables } from './artifact-tables.ts';

let local: LocalTables;
beforeAll(async () => {
  local = await startLocalTables();
});
afterAll(async () => {
  await local.stop();
});

describe.each([
  ['in memory', async (): Promise<ReplicationStore> => createMemoryReplicationStore()],
  [
    'in DynamoDB',
    async (): Promise<ReplicationStore> =>
      createDynamoReplicationStore(local.client, (await local.create()).control),
  ],
])('ReplicationStore %s', (_name, create) => {
  let store: ReplicationStore;
  beforeEach(async () => {
    store = await create();
  });

  it('never lets two that take from the budget at the same time take more than it has [sync#13-20]', async () => {
    const policy = { repairsPerHour: 500, repairsPerNode: 5 };
    const wanted = (from: number) =>
      Array.from({ length: 40 }, (_, index) => makeRunning(from + index, from + index));

    const answers = await Promise.all(
      [0, 100, 200, 300].map((from) => beginRepairs(store, wanted(from), policy, START)),
    );

    const granted = answers.flatMap((answer) => answer.granted);
    expect(granted).toHaveLength(100);
    expect(answers.flatMap((answer) => answer.refused)).toHaveLength(60);
    const ledger = await store.ledger();
    expect(Object.keys(ledger?.running ?? {}).sort()).toEqual(granted.map(({ repairId }) => repairId).sort());
    expect(ledger?.tokens).toBe(0);
    const later = await beginRepairs(store, wanted(400), policy, addSeconds(START, 90));
    expect(later.granted).toHaveLength(10);
  });

  it('remembers for which settings all artifacts were recounted', async () => {
    const done = { copies: '[2]', at: at(0) };
    expect(await store.recounted()).toBeUndefined();
    expect(await store.putRecounted(done, undefined)).toBe(true);
    expect(await store.putRecounted(done, undefined)).toBe(false);
    expect(await store.recounted()).toEqual({ ...done, revision: 1 });
  });

  it('keeps roster and report, each for whoever read the last one', async () => {
    expect(await store.roster()).toBeUndefined();
    expect(await store.putRoster({ nodeIds: [nodeIdOf(1)] }, undefined)).toBe(true);
    expect(await store.putRoster({ nodeIds: [] }, undefined)).toBe(false);
    expect(await store.putRoster({ nodeIds: [nodeIdOf(2)] }, 1)).toBe(true);
    expect(await store.roster()).toEqual({ nodeIds: [nodeIdOf(2)], revision: 2 });
    const report = {
      countedAt: at(0),
      total: 3,
      changed: 0,
      under: 1,
      short: 0,
      lost: 1,
      single: 1,
      none: 0,
      score: 66.5,
      alerts: [
        { kind: 'lost', severity: 'critical', message: 'x', count: 1, since: at(0), toldAt: at(0) } as const,
      ],
    };
    expect(await store.putReport(report, undefined)).toBe(true);
    expect(await store.putReport(report, undefined)).toBe(false);
    expect(await store.report()).toEqual({ ...report, revision: 1 });
  });
});
