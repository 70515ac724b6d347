import { afterAll, beforeAll } from 'vitest';
import { INDEXES } from '../../lib/constants.ts';
import { createDynamoNodeStore } from '../../lib/nodes/dynamo-node-store.ts';
import { createMemoryNodeStore } from '../../lib/nodes/memory-node-store.ts';
import type { NodeStore } from '../../lib/nodes/node-store.ts';
import { type LocalDynamo, startLocalDynamo } from './local-dynamo.ts';

/** Both adapters of the NodeStore, for one suite; a DynamoDB runs for as long as the file's tests. */
const nodeStores = (): [name: string, create: () => Promise<NodeStore>][] => {
  let dynamo: LocalDynamo;
  beforeAll(async () => {
    dynamo = await startLocalDynamo();
  });
  afterAll(() => dynamo.stop());
  return [
    ['memory', async () => createMemoryNodeStore()],
    [
      'DynamoDB',
      async () =>
        createDynamoNodeStore(
          dynamo.client,
          await dynamo.createTable(['nodeId'], [INDEXES.nodesByLifecycle, 'lifecycle', 'provider']),
        ),
    ],
  ];
};

export { nodeStores };
