import { PutCommand } from '@aws-sdk/lib-dynamodb';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { createDynamoLedgerStore } from '../../lib/idle/dynamo-ledger-store.ts';
import { emptyLedger, withSlot, withTermination } from '../../lib/idle/ledger.ts';
import type { LedgerStore } from '../../lib/idle/ledger-store.ts';
import { createMemoryLedgerStore } from '../../lib/idle/memory-ledger-store.ts';
import { at, atText, NODE_ID } from '../nodes/fixtures.ts';
import { type LocalDynamo, startLocalDynamo } from './local-dynamo.ts';

let dynamo: LocalDynamo;

beforeAll(async () => {
  dynamo = await startLocalDynamo();
});
afterAll(() => dynamo.stop());

const adapters: [string, () => Promise<LedgerStore>][] = [
  ['memory', async () => createMemoryLedgerStore()],
  [
    'DynamoDB',
    async () => createDynamoLedgerStore(dynamo.client, await dynamo.createTable(['scope', 'item'])),
  ],
];

const slot = { nodeId: NODE_ID, group: 'g', takenAt: atText(0) };
const held = withSlot(emptyLedger, 'dr-1', slot, at(0));

describe.each(adapters)('LedgerStore in %s', (_name, createStore) => {
  let ledgers: LedgerStore;
  beforeEach(async () => {
    ledgers = await createStore();
  });

  it('has an empty ledger before the first write', async () => {
    expect(await ledgers.get('vast', 'real')).toEqual(emptyLedger);
  });

  it('keeps what was written, by provider and kind', async () => {
    expect(await ledgers.put('vast', 'real', held)).toBe(true);
    expect(await ledgers.get('vast', 'real')).toEqual({ ...held, revision: 1 });
    expect(await ledgers.get('vast', 'shadow')).toEqual(emptyLedger);
    expect(await ledgers.get('runpod', 'real')).toEqual(emptyLedger);
    const ended = withTermination(await ledgers.get('vast', 'real'), 'dr-1', NODE_ID, at(9));
    expect(await ledgers.put('vast', 'real', ended)).toBe(true);
    expect(await ledgers.get('vast', 'real')).toEqual({ ...ended, revision: 2 });
  });

  it('lets one of several runs write, from the first write on [health-and-idle#14-9]', async () => {
    for (const revision of [0, 1]) {
      const ledger = await ledgers.get('vast', 'real');
      const taken = await Promise.all(
        ['dr-1', 'dr-2', 'dr-3'].map((id) => ledgers.put('vast', 'real', withSlot(ledger, id, slot, at(0)))),
      );
      expect(taken.filter(Boolean)).toHaveLength(1);
      expect((await ledgers.get('vast', 'real')).revision).toBe(revision + 1);
    }
    expect(await ledgers.put('vast', 'real', held)).toBe(false);
  });
});

describe('LedgerStore in DynamoDB', () => {
  it('takes no damaged item for an empty ledger', async () => {
    const table = await dynamo.createTable(['scope', 'item']);
    await dynamo.client.send(
      new PutCommand({ TableName: table, Item: { scope: 'LEDGER', item: 'vast', pending: {}, revision: 1 } }),
    );
    await expect(createDynamoLedgerStore(dynamo.client, table).get('vast', 'real')).rejects.toThrow();
  });
});
