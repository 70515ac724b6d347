import type { DynamoDBDocumentClient } from '@aws-sdk/lib-dynamodb';
import { getControlItem, putControlItem } from '../aws/control-items.ts';
import { brakeSchema } from './brake.ts';
import type { BrakeStore } from './brake-store.ts';

const KEY = { scope: 'BRAKE', item: 'fleet' };

/** BrakeStore in the control table: `BRAKE` / `fleet`. */
const createDynamoBrakeStore = (client: DynamoDBDocumentClient, tableName: string): BrakeStore => ({
  get: () => getControlItem(client, tableName, KEY, brakeSchema),
  put: (brake, expectedRevision) => putControlItem(client, tableName, KEY, brake, expectedRevision),
});

export { createDynamoBrakeStore };
