import type { DynamoDBDocumentClient } from '@aws-sdk/lib-dynamodb';
import * as z from 'zod';
import { getControlItem, putControlItem } from '../aws/control-items.ts';
import { parseItem } from '../aws/parse-item.ts';
import { queryAll } from '../aws/query-all.ts';
import type { Provider as ProviderKey } from '../nodes/node.ts';
import { paceSchema } from './pace.ts';
import type { PaceStore } from './pace-store.ts';

const scopeOf = (provider: ProviderKey): string => `PACE#${provider}`;
const itemSchema = paceSchema.extend({ item: z.string() });

/** PaceStore in the control table: `PACE#<provider>` / `<bucket>`. The revision makes every turn somebody's own. */
const createDynamoPaceStore = (client: DynamoDBDocumentClient, tableName: string): PaceStore => ({
  get: (provider, bucket) =>
    getControlItem(client, tableName, { scope: scopeOf(provider), item: bucket }, paceSchema),
  put: (provider, bucket, pace, expectedRevision) =>
    putControlItem(client, tableName, { scope: scopeOf(provider), item: bucket }, pace, expectedRevision),
  list: async (provider) => {
    const items = await queryAll(client, {
      TableName: tableName,
      KeyConditionExpression: '#scope = :scope',
      ExpressionAttributeNames: { '#scope': 'scope' },
      ExpressionAttributeValues: { ':scope': scopeOf(provider) },
      ConsistentRead: true,
    });
    return items.map((raw) => {
      const { item, ...pace } = parseItem(itemSchema, raw, `a pace of ${provider}`);
      return { bucket: item, pace };
    });
  },
});

export { createDynamoPaceStore };
