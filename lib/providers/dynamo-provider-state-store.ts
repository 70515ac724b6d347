import type { DynamoDBDocumentClient } from '@aws-sdk/lib-dynamodb';
import { getControlItem, putControlItem } from '../aws/control-items.ts';
import { createDynamoLease, type Lease } from '../aws/dynamo-lease.ts';
import { parseItem } from '../aws/parse-item.ts';
import { queryAll } from '../aws/query-all.ts';
import type { Provider as ProviderKey } from '../nodes/node.ts';
import { providerStateSchema } from './provider-state.ts';
import type { ProviderJob, ProviderStateStore } from './provider-state-store.ts';

const SCOPE = 'PROVIDER';

const leaseOf = (
  client: DynamoDBDocumentClient,
  tableName: string,
  job: ProviderJob,
  provider: ProviderKey,
): Lease => createDynamoLease(client, tableName, `${job}#${provider}`);

/** ProviderStateStore in the control table: `PROVIDER` / `<provider>` and `LEASE` / `<job>#<provider>`. */
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
  takeLease: (job, provider, holder, now, until) =>
    leaseOf(client, tableName, job, provider).take(holder, now, until),
  releaseLease: (job, provider, holder) => leaseOf(client, tableName, job, provider).release(holder),
});

export { createDynamoProviderStateStore };
