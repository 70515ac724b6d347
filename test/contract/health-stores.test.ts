import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { BrakeStore } from '../../lib/health/brake-store.ts';
import { createDynamoBrakeStore } from '../../lib/health/dynamo-brake-store.ts';
import { createMemoryBrakeStore } from '../../lib/health/memory-brake-store.ts';
import { atText } from '../nodes/fixtures.ts';
import { type LocalDynamo, startLocalDynamo } from './local-dynamo.ts';

let dynamo: LocalDynamo;
beforeAll(async () => {
  dynamo = await startLocalDynamo();
});
afterAll(() => dynamo.stop());

const controlTable = (): Promise<string> => dynamo.createTable(['scope', 'item']);

const brakeStores: [string, () => Promise<BrakeStore>][] = [
  ['memory', async () => createMemoryBrakeStore()],
  ['DynamoDB', async () => createDynamoBrakeStore(dynamo.client, await controlTable())],
];

describe.each(brakeStores)('BrakeStore in %s', (_name, createStore) => {
  it('keeps the brake, and lets only the first writer win', async () => {
    const brakes = await createStore();
    const off = { evaluatedAt: atText(0), on: false, changed: 0, expected: 4 };
    expect(await brakes.get()).toBeUndefined();
    expect(await brakes.put(off, undefined)).toBe(true);
    expect(await brakes.put(off, undefined)).toBe(false);
    const on = { ...off, on: true, since: atText(60), lastChangeAt: atText(50), changed: 3 };
    expect(await brakes.put(on, 1)).toBe(true);
    expect(await brakes.put(off, 1)).toBe(false);
    expect(await brakes.get()).toEqual({ ...on, revision: 2 });
  });
});
