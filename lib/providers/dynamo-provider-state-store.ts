import type { DynamoDBDocumentClient } from '@aws-sdk/lib-dynamodb';
import { getControlItem, putControlItem } from '../aws/control-items.ts';
import { createDynamoLease, type Lease } from '../aws/dynamo-lease.ts';
import { parseItem } from '../aws/parse-item.ts';
import { queryAll } from '../aws/query-all.ts';
import type { Provider as ProviderKey } from '../nodes/node.ts';
import { providerStateSchema } from './provider-state.ts';
import type { ProviderStateStore } from './provider-state-store.ts';

const SCOPE = 'PROVIDER';

const leaseOf = (client: DynamoDBDocumentClient, tableName: string, provider: ProviderKey): Lease =>
  createDynamoLease(client, tableName, `reconcile#${provider}`);

/** ProviderStateStore in the control table: `PROVIDER` / `<provider>` and `LEASE` / `reconcile#<provider>`. */
const createDynamoProviderStateStore = (
  client: DynamoDBDocumentClient,
  tableName: string,
): ProviderStateStore => ({
  get: (provider) => getControlItem(client, tableName, { scope: SCOPE, item: provider }, providerStateSchema),
  list: async () => {
    const items = await queryAll(client, {
      TableName: tableName,
      KeyConditionExpression: '#scope = :scope',
      ExpressionAttributeNames: { '#scope': 'scope' },
      ExpressionAttributeValues: { ':scope': SCOPE },
      ConsistentRead: true,
    });
    return items.map((item) => parseItem(providerStateSchema, item, "a provider's state"));
  },
  put: (state, expectedRevision) =>
    putControlItem(client, tableName, { scope: SCOPE, item: state.provider }, state, expectedRevision),
  takeLease: (provider, holder, now, until) => leaseOf(client, tableName, provider).take(holder, now, until),
  releaseLease: (provider, holder) => leaseOf(client, tableName, provider).release(holder),
});

export { createDynamoProviderStateStore };
