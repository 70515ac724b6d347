import type { DynamoDBDocumentClient } from '@aws-sdk/lib-dynamodb';
import { getControlItem, putControlItem } from '../aws/control-items.ts';
import { evaluationSchema, type FleetHealthStore } from './fleet-health-store.ts';

const KEY = { scope: 'HEALTH', item: 'fleet' };

/** FleetHealthStore in the control table: `HEALTH` / `fleet`, with the document in the attribute `fleet`. */
const createDynamoFleetHealthStore = (
  client: DynamoDBDocumentClient,
  tableName: string,
): FleetHealthStore => ({
  get: () => getControlItem(client, tableName, KEY, evaluationSchema),
  put: (evaluation, expectedRevision) => putControlItem(client, tableName, KEY, evaluation, expectedRevision),
});

export { createDynamoFleetHealthStore };
