import type { DynamoDBDocumentClient } from '@aws-sdk/lib-dynamodb';
import { getControlItem, putControlItem } from '../aws/control-items.ts';
import { pauseSchema } from './pause.ts';
import type { PauseStore } from './pause-store.ts';

const KEY = { scope: 'PAUSE', item: 'pipeline' };

/** PauseStore in the control table: `PAUSE` / `pipeline`. */
const createDynamoPauseStore = (client: DynamoDBDocumentClient, tableName: string): PauseStore => ({
  get: () => getControlItem(client, tableName, KEY, pauseSchema),
  put: (pause, expectedRevision) => putControlItem(client, tableName, KEY, pause, expectedRevision),
});

export { createDynamoPauseStore };
