import type { DynamoDBDocumentClient } from '@aws-sdk/lib-dynamodb';
import { getControlItem, putControlItem } from '../aws/control-items.ts';
import { type EgressStore, egressSchema } from './egress-store.ts';

const KEEP_SECONDS = 35 * 86_400;
const keyOf = (day: string) => ({ scope: 'EGRESS', item: day });

/** EgressStore in the control table: `EGRESS`/`<day>`, which DynamoDB's TTL removes. */
const createDynamoEgressStore = (client: DynamoDBDocumentClient, tableName: string): EgressStore => ({
  get: async (day) => await getControlItem(client, tableName, keyOf(day), egressSchema),
  put: async (egress, expectedRevision) => {
    const expiresAtEpochSeconds = Math.ceil(new Date(egress.day).getTime() / 1000) + KEEP_SECONDS;
    return await putControlItem(
      client,
      tableName,
      keyOf(egress.day),
      { ...egress, expiresAtEpochSeconds },
      expectedRevision,
    );
  },
});

export { createDynamoEgressStore };
