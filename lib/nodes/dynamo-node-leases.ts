import { type DynamoDBDocumentClient, UpdateCommand } from '@aws-sdk/lib-dynamodb';
import { conditionalWrite } from '../aws/conditional-write.ts';
import { toTimestamp } from '../time.ts';
import type { NodeStore } from './node-store.ts';

/** The lease part of the NodeStore in DynamoDB: leases live in the node item, so that one conditional write decides. */
const createDynamoNodeLeases = (
  client: DynamoDBDocumentClient,
  tableName: string,
): Pick<NodeStore, 'grantLease' | 'renewLease' | 'releaseLease'> => ({
  grantLease: async (nodeId, token, lease) =>
    (await conditionalWrite(
      client.send(
        new UpdateCommand({
          TableName: tableName,
          Key: { nodeId },
          UpdateExpression: 'SET leases.#token = :lease REMOVE idleClock ADD revision :one',
          // No work for a node that ends, is not trusted or drains; never more leases than its agent has slots.
          ConditionExpression:
            'lifecycle = :active AND attribute_not_exists(revokedAt) AND attribute_not_exists(drain) AND heartbeat.#mode = :active AND attribute_not_exists(leases.#token) AND size(leases) < heartbeat.slots.#total',
          ExpressionAttributeNames: { '#token': token, '#mode': 'mode', '#total': 'total' },
          ExpressionAttributeValues: { ':lease': lease, ':active': 'active', ':one': 1 },
        }),
      ),
    )) !== undefined,
  renewLease: async (nodeId, token, leaseUntil) =>
    (await conditionalWrite(
      client.send(
        new UpdateCommand({
          TableName: tableName,
          Key: { nodeId },
          UpdateExpression: 'SET leases.#token.leaseUntil = :until ADD revision :one',
          // A late renewal never shortens a lease, nor brings a released one back.
          ConditionExpression: 'attribute_exists(leases.#token) AND leases.#token.leaseUntil <= :until',
          ExpressionAttributeNames: { '#token': token },
          ExpressionAttributeValues: { ':until': toTimestamp(leaseUntil), ':one': 1 },
        }),
      ),
    )) !== undefined,
  releaseLease: async (nodeId, token) => {
    await conditionalWrite(
      client.send(
        new UpdateCommand({
          TableName: tableName,
          Key: { nodeId },
          UpdateExpression: 'REMOVE leases.#token ADD revision :one',
          ConditionExpression: 'attribute_exists(leases.#token)',
          ExpressionAttributeNames: { '#token': token },
          ExpressionAttributeValues: { ':one': 1 },
        }),
      ),
    );
  },
});

export { createDynamoNodeLeases };
