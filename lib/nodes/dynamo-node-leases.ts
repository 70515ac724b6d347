import { type DynamoDBDocumentClient, UpdateCommand } from '@aws-sdk/lib-dynamodb';
import { writeIf } from '../aws/conditional-write.ts';
import { toTimestamp } from '../time.ts';
import type { NodeStore } from './node-store.ts';

/** How the end of work changes the row of failures, in the write that frees the slot: so each end counts once. */
const FAILURE_ROW = {
  succeeded: 'REMOVE leases.#token, failedWork ADD revision :one',
  failed: 'REMOVE leases.#token ADD revision :one, failedWork :one',
  neither: 'REMOVE leases.#token ADD revision :one',
} as const;

/** The lease part of the NodeStore in DynamoDB: leases live in the node item, so that one conditional write decides. */
const createDynamoNodeLeases = (
  client: DynamoDBDocumentClient,
  tableName: string,
): Pick<NodeStore, 'grantLease' | 'renewLease' | 'releaseLease' | 'expireLease'> => {
  const write = (
    nodeId: string,
    token: string,
    expression: string,
    condition: string,
    { names = {}, values = {} }: { names?: Record<string, string>; values?: Record<string, unknown> } = {},
  ): Promise<boolean> =>
    writeIf(() =>
      client.send(
        new UpdateCommand({
          TableName: tableName,
          Key: { nodeId },
          UpdateExpression: expression,
          ConditionExpression: condition,
          ExpressionAttributeNames: { '#token': token, ...names },
          ExpressionAttributeValues: { ':one': 1, ...values },
        }),
      ),
    );
  return {
    grantLease: (nodeId, expectedRevision, token, lease) =>
      write(
        nodeId,
        token,
        'SET leases.#token = :lease REMOVE idleClock ADD revision :one',
        // What was found to fit is still so. No work for a node that ends, is not trusted or drains; never more leases than slots.
        'revision = :expected AND lifecycle = :active AND attribute_not_exists(revokedAt) AND attribute_not_exists(drain) AND heartbeat.#mode = :active AND attribute_not_exists(leases.#token) AND size(leases) < heartbeat.slots.#total',
        {
          names: { '#mode': 'mode', '#total': 'total' },
          values: { ':lease': lease, ':active': 'active', ':expected': expectedRevision },
        },
      ),
    renewLease: (nodeId, token, leaseUntil) =>
      write(
        nodeId,
        token,
        'SET leases.#token.leaseUntil = :until ADD revision :one',
        // A late renewal never shortens a lease, nor brings a released one back.
        'attribute_exists(leases.#token) AND leases.#token.leaseUntil <= :until',
        { values: { ':until': toTimestamp(leaseUntil) } },
      ),
    releaseLease: async (nodeId, token, ended) => {
      await write(nodeId, token, FAILURE_ROW[ended ?? 'neither'], 'attribute_exists(leases.#token)');
    },
    expireLease: (nodeId, token, now) =>
      write(
        nodeId,
        token,
        FAILURE_ROW.neither,
        // A heartbeat that came meanwhile renewed it: the work goes on.
        'attribute_exists(leases.#token) AND leases.#token.leaseUntil < :now',
        { values: { ':now': toTimestamp(now) } },
      ),
  };
};

export { createDynamoNodeLeases };
