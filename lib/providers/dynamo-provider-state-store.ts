import { type DynamoDBDocumentClient, UpdateCommand } from '@aws-sdk/lib-dynamodb';
import { writeIf } from '../aws/conditional-write.ts';
import { getControlItem, putControlItem } from '../aws/control-items.ts';
import { parseItem } from '../aws/parse-item.ts';
import { queryAll } from '../aws/query-all.ts';
import type { Provider as ProviderKey } from '../nodes/node.ts';
import { toTimestamp } from '../time.ts';
import { providerStateSchema } from './provider-state.ts';
import type { ProviderJob, ProviderStateStore } from './provider-state-store.ts';

const SCOPE = 'PROVIDER';
/** Before every timestamp: the lease of nobody. */
const ENDED = '0000-01-01T00:00:00.000Z';

const leaseKey = (job: ProviderJob, provider: ProviderKey) => ({
  scope: 'LEASE',
  item: `${job}#${provider}`,
});

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
    writeIf(() =>
      client.send(
        new UpdateCommand({
          TableName: tableName,
          Key: leaseKey(job, provider),
          UpdateExpression: 'SET holder = :holder, leaseUntil = :until',
          // One cycle per provider: only a lease that ended can be taken.
          ConditionExpression: 'attribute_not_exists(leaseUntil) OR leaseUntil <= :now',
          ExpressionAttributeValues: {
            ':holder': holder,
            ':until': toTimestamp(until),
            ':now': toTimestamp(now),
          },
        }),
      ),
    ),
  releaseLease: async (job, provider, holder) => {
    await writeIf(() =>
      client.send(
        new UpdateCommand({
          TableName: tableName,
          Key: leaseKey(job, provider),
          UpdateExpression: 'SET leaseUntil = :ended',
          // A lease that ran out may be another's by now.
          ConditionExpression: 'holder = :holder',
          ExpressionAttributeValues: { ':holder': holder, ':ended': ENDED },
        }),
      ),
    );
  },
});

export { createDynamoProviderStateStore };
