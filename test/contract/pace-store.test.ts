import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { randomIds } from '../../lib/ids.ts';
import { createDynamoPaceStore } from '../../lib/providers/dynamo-pace-store.ts';
import { createMemoryPaceStore } from '../../lib/providers/memory-pace-store.ts';
import { PACE_POLICY } from '../../lib/providers/pace.ts';
import type { PaceStore } from '../../lib/providers/pace-store.ts';
import { createSharedGate } from '../../lib/providers/shared-gate.ts';
import { addSeconds } from '../../lib/time.ts';
import { atText, createTestClock } from '../nodes/fixtures.ts';
import { type LocalDynamo, startLocalDynamo } from './local-dynamo.ts';

const LIST = { name: 'list', minimumIntervalSeconds: 1 };
const fresh = { nextAt: atText(1), failures: 0, breaker: 'closed' as const };
let dynamo: LocalDynamo;
beforeAll(async () => {
  dynamo = await startLocalDynamo();
});
afterAll(() => dynamo.stop());

const adapters: [string, () => Promise<PaceStore>][] = [
  ['memory', async () => createMemoryPaceStore()],
  ['DynamoDB', async () => createDynamoPaceStore(dynamo.client, await dynamo.createTable(['scope', 'item']))],
];

describe.each(adapters)('PaceStore in %s', (_name, createStore) => {
  it('keeps one pace per provider and limit, and lets only the first writer win', async () => {
    const paces = await createStore();
    expect(await paces.get('vast', 'list')).toBeUndefined();
    expect(await paces.put('vast', 'list', fresh, undefined)).toBe(true);
    expect(await paces.put('vast', 'list', fresh, undefined)).toBe(false);
    expect(await paces.put('vast', 'list', { ...fresh, failures: 1 }, 1)).toBe(true);
    expect(await paces.put('vast', 'list', fresh, 1)).toBe(false);
    expect(await paces.get('vast', 'list')).toEqual({ ...fresh, failures: 1, revision: 2 });
    expect(await paces.get('runpod', 'list')).toBeUndefined();
    expect(await paces.list('vast')).toEqual([
      { bucket: 'list', pace: { ...fresh, failures: 1, revision: 2 } },
    ]);
  });

  it('gives two functions that hammer one provider turns of their own, at its interval', async () => {
    const paces = await createStore();
    const clock = createTestClock();
    const sentAt: number[] = [];
    const gate = () =>
      createSharedGate({
        provider: 'vast',
        paces,
        clock,
        wait: async (milliseconds) => {
          sentAt.push(addSeconds(clock.now(), milliseconds / 1000).getTime());
        },
        ids: randomIds,
        policy: PACE_POLICY,
        warn: () => {},
      });
    const [one, other] = [gate(), gate()];
    await one.acquire(LIST);
    sentAt.push(clock.now().getTime());
    await Promise.all(
      Array.from({ length: 10 }, (_, index) => (index % 2 === 0 ? one : other).acquire(LIST)),
    );

    const sorted = sentAt.toSorted((earlier, later) => earlier - later);
    const gaps = sorted.slice(1).map((time, index) => time - (sorted[index] ?? 0));
    expect(gaps).toEqual(Array(10).fill(1100));
  });

  it('freezes one provider when it fails, says so, and leaves the others alone', async () => {
    const paces = await createStore();
    const clock = createTestClock();
    const gateOf = (provider: 'vast' | 'runpod') =>
      createSharedGate({
        provider,
        paces,
        clock,
        wait: async () => {},
        ids: randomIds,
        policy: PACE_POLICY,
        warn: () => {},
      });
    const bucket = { name: 'list', minimumIntervalSeconds: 0 };
    for (let failure = 0; failure < PACE_POLICY.failuresToOpen; failure += 1) {
      await gateOf('vast').acquire(bucket);
      await gateOf('vast').observe(bucket, { outcome: 'transient', quotas: [] });
    }
    await expect(gateOf('vast').acquire(bucket)).rejects.toThrow(/the breaker is open for \d+ s more/);
    await gateOf('runpod').acquire(bucket);
    clock.advance(PACE_POLICY.maxBackoffSeconds);
    await gateOf('vast').acquire(bucket);
    await gateOf('vast').observe(bucket, { outcome: 'answered', quotas: [] });
    expect(await paces.get('vast', 'list')).toMatchObject({ breaker: 'closed', failures: 0 });
  });
});
