import { PutCommand } from '@aws-sdk/lib-dynamodb';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { ConfigStore } from '../../lib/config/config-store.ts';
import { createDynamoConfigStore } from '../../lib/config/dynamo-config-store.ts';
import { createMemoryConfigStore } from '../../lib/config/memory-config-store.ts';
import { InvariantError } from '../../lib/errors.ts';
import { makeConfig } from '../config/fixtures.ts';
import { atText } from '../nodes/fixtures.ts';
import { type LocalDynamo, startLocalDynamo } from './local-dynamo.ts';

let dynamo: LocalDynamo;
beforeAll(async () => {
  dynamo = await startLocalDynamo();
});
afterAll(() => dynamo.stop());

const adapters: [string, () => Promise<ConfigStore>][] = [
  ['memory', async () => createMemoryConfigStore()],
  [
    'DynamoDB',
    async () => createDynamoConfigStore(dynamo.client, await dynamo.createTable(['scope', 'item'])),
  ],
];

const applied = { appliedAt: atText(0), appliedBy: 'arn:operator', reason: 'a try' };
const next = (version: number, retain = version) => ({
  version,
  ...applied,
  config: makeConfig({ idle: { retain } }),
});

describe.each(adapters)('the store of configurations in %s', (_name, createStore) => {
  it('answers version 0 with every default before anything was applied', async () => {
    const store = await createStore();
    const never = { version: 0, config: makeConfig(), revision: 0 };
    expect(await store.current()).toEqual(never);
    expect(await store.get(0)).toMatchObject({ version: 0, config: makeConfig() });
    expect(await store.get(1)).toBeUndefined();
    expect(await store.list(5)).toEqual([]);
  });

  it('keeps every version, the last one as what holds', async () => {
    const store = await createStore();
    for (let version = 1; version <= 12; version += 1)
      expect(await store.put(next(version), version - 1)).toBe(true);
    expect(await store.current()).toEqual({
      version: 12,
      config: makeConfig({ idle: { retain: 12 } }),
      applied,
      revision: 12,
    });
    for (const version of [1, 11, 12])
      expect(await store.get(version)).toEqual({
        version,
        config: makeConfig({ idle: { retain: version } }),
        applied,
      });
    expect((await store.list(11)).map(({ version }) => version)).toEqual([
      12, 11, 10, 9, 8, 7, 6, 5, 4, 3, 2,
    ]);
    expect(await store.list(1)).toEqual([{ version: 12, ...applied }]);
  });

  it('lets one of two who read the same version write the next', async () => {
    const store = await createStore();
    const [first, second] = await Promise.all([store.put(next(1, 7), 0), store.put(next(1, 8), 0)]);
    expect([first, second].sort()).toEqual([false, true]);
    expect((await store.current()).config.idle.retain).toBe(first ? 7 : 8);
    expect(await store.put(next(2), 0)).toBe(false);
    expect(await store.put(next(2), 2)).toBe(false);
    expect(await store.put(next(2), 1)).toBe(true);
    expect((await store.get(1))?.config.idle.retain).toBe(first ? 7 : 8);
  });

  it('keeps the order of labels, of which the later wins', async () => {
    const store = await createStore();
    const config = makeConfig({
      idle: { labels: { 'z=1': { minimumSamples: 3 }, 'a=1': { minimumSamples: 4 } } },
    });
    await store.put({ version: 1, ...applied, config }, 0);
    expect(Object.keys((await store.current()).config.idle.labels ?? {})).toEqual(['z=1', 'a=1']);
  });

  it('is not changed through what it was given or answered', async () => {
    const store = await createStore();
    const given = next(1);
    await store.put(given, 0);
    given.config.idle.retain = 99;
    (await store.current()).config.idle.retain = 98;
    expect((await store.current()).config.idle.retain).toBe(1);
  });
});

describe('createDynamoConfigStore', () => {
  const stored = async (attributes: Record<string, unknown>) => {
    const table = await dynamo.createTable(['scope', 'item']);
    const Item = { scope: 'CONFIG', item: 'fleet', version: 1, ...applied, revision: 1, ...attributes };
    await dynamo.client.send(new PutCommand({ TableName: table, Item }));
    return createDynamoConfigStore(dynamo.client, table);
  };

  it.each([
    ['no JSON', { config: '{' }],
    ['a setting that this release does not know', { config: '{"idle":{"newSetting":1}}' }],
    ['no configuration at all', {}],
    ['a map', { config: { idle: {} } }],
  ])('takes %s for an error, never for defaults', async (_what, attributes) => {
    const store = await stored(attributes);
    await expect(store.current()).rejects.toThrow(InvariantError);
    await expect(store.put(next(2), 1)).rejects.toThrow(InvariantError);
  });
});
