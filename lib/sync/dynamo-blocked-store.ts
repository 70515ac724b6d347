import type { DynamoDBDocumentClient } from '@aws-sdk/lib-dynamodb';
import { getControlItem, putControlItem } from '../aws/control-items.ts';
import { type BlockedStore, blockedSchema } from './blocked-store.ts';

const KEY = { scope: 'SYNC', item: 'blocked' } as const;

/** BlockedStore in one item of the control table. */
const createDynamoBlockedStore = (client: DynamoDBDocumentClient, tableName: string): BlockedStore => ({
  get: async () => await getControlItem(client, tableName, KEY, blockedSchema),
  put: async (next, expectedRevision) => await putControlItem(client, tableName, KEY, next, expectedRevision),
});

export { createDynamoBlockedStore };
