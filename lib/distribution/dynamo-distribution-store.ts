import {
  type DynamoDBDocumentClient,
  GetCommand,
  PutCommand,
  UpdateCommand,
  type UpdateCommandInput,
} from '@aws-sdk/lib-dynamodb';
import * as z from 'zod';
import { writeIf } from '../aws/conditional-write.ts';
import { fromSet, parseItem } from '../aws/parse-item.ts';
import { queryAll, scanAll } from '../aws/query-all.ts';
import { INDEXES } from '../constants.ts';
import { nodeIdSchema } from '../ids.ts';
import { toTimestamp } from '../time.ts';
import { type Distribution, distributionSchema } from './distribution.ts';
import type { DistributionStore } from './distribution-store.ts';

/** The set of verified nodes is a DynamoDB set, which is absent while it is empty. */
const itemSchema = distributionSchema.extend({
  verifiedNodeIds: z.preprocess(fromSet, z.array(nodeIdSchema)),
});

const parseDistribution = (item: unknown): Distribution =>
  parseItem(itemSchema, item, 'an item of the distributions table');

const newestFirst = (a: Distribution, b: Distribution): number => b.createdAt.localeCompare(a.createdAt);

/** The item without an empty set; `openState` keeps it in the sweep's index until it is announced. */
const toItem = ({ verifiedNodeIds, ...distribution }: Distribution): Record<string, unknown> => ({
  ...distribution,
  ...(verifiedNodeIds.length === 0 ? {} : { verifiedNodeIds: new Set(verifiedNodeIds) }),
  ...(distribution.announcedAt === undefined ? { openState: 'open' } : {}),
});

/** DistributionStore in the distributions table. */
const createDynamoDistributionStore = (
  client: DynamoDBDocumentClient,
  tableName: string,
): DistributionStore => {
  const get = async (distributionId: string): Promise<Distribution | undefined> => {
    const { Item } = await client.send(
      new GetCommand({ TableName: tableName, Key: { distributionId }, ConsistentRead: true }),
    );
    return Item === undefined ? undefined : parseDistribution(Item);
  };
  const update = (
    distributionId: string,
    change: Pick<
      UpdateCommandInput,
      'UpdateExpression' | 'ConditionExpression' | 'ExpressionAttributeNames' | 'ExpressionAttributeValues'
    >,
  ): Promise<boolean> =>
    writeIf(() =>
      client.send(new UpdateCommand({ TableName: tableName, Key: { distributionId }, ...change })),
    );
  return {
    get,
    // The distributionId is derived from its event: the same event makes one distribution.
    create: (distribution) =>
      writeIf(() =>
        client.send(
          new PutCommand({
            TableName: tableName,
            Item: toItem(distribution),
            ConditionExpression: 'attribute_not_exists(distributionId)',
          }),
        ),
      ),
    // Verified wins: the node leaves the failed ones.
    addVerified: async (distributionId, nodeId) => {
      await update(distributionId, {
        UpdateExpression: 'ADD verifiedNodeIds :node, revision :one REMOVE failedNodes.#node',
        ConditionExpression: 'attribute_exists(distributionId)',
        ExpressionAttributeNames: { '#node': nodeId },
        ExpressionAttributeValues: { ':node': new Set([nodeId]), ':one': 1 },
      });
      return get(distributionId);
    },
    // A failure that comes after the node verified changes nothing.
    addFailed: async (distributionId, nodeId, reason) => {
      await update(distributionId, {
        UpdateExpression: 'SET failedNodes.#node = :reason ADD revision :one',
        ConditionExpression:
          'attribute_exists(distributionId) AND (attribute_not_exists(verifiedNodeIds) OR NOT contains(verifiedNodeIds, :node))',
        ExpressionAttributeNames: { '#node': nodeId },
        ExpressionAttributeValues: { ':reason': reason, ':node': nodeId, ':one': 1 },
      });
      return get(distributionId);
    },
    // Ends once, and only from running: so there is one closing event.
    complete: (distributionId, at) =>
      update(distributionId, {
        UpdateExpression: 'SET #state = :completed, endedAt = :at ADD revision :one',
        ConditionExpression: '#state = :running',
        ExpressionAttributeNames: { '#state': 'state' },
        ExpressionAttributeValues: {
          ':completed': 'completed',
          ':at': toTimestamp(at),
          ':running': 'running',
          ':one': 1,
        },
      }),
    // A target that verified since the decision may complete it: what was decided on must still be so.
    giveUp: (distributionId, revision, at) =>
      update(distributionId, {
        UpdateExpression: 'SET #state = :incomplete, endedAt = :at ADD revision :one',
        ConditionExpression: '#state = :running AND revision = :revision',
        ExpressionAttributeNames: { '#state': 'state' },
        ExpressionAttributeValues: {
          ':incomplete': 'incomplete',
          ':at': toTimestamp(at),
          ':running': 'running',
          ':revision': revision,
          ':one': 1,
        },
      }),
    markAnnounced: async (distributionId, at) => {
      await update(distributionId, {
        UpdateExpression: 'SET announcedAt = :at ADD revision :one REMOVE openState',
        ConditionExpression: 'attribute_exists(distributionId)',
        ExpressionAttributeValues: { ':at': toTimestamp(at), ':one': 1 },
      });
    },
    listOpen: async () => {
      const items = await queryAll(client, {
        TableName: tableName,
        IndexName: INDEXES.distributionsByState,
        KeyConditionExpression: 'openState = :open',
        ExpressionAttributeValues: { ':open': 'open' },
      });
      return items.map(parseDistribution);
    },
    list: async (limit) =>
      (await scanAll(client, { TableName: tableName }))
        .map(parseDistribution)
        .sort(newestFirst)
        .slice(0, limit),
    listByArtifact: async (artifactId) => {
      const items = await scanAll(client, {
        TableName: tableName,
        FilterExpression: 'artifactId = :artifactId',
        ExpressionAttributeValues: { ':artifactId': artifactId },
      });
      return items.map(parseDistribution).sort(newestFirst);
    },
  };
};

export { createDynamoDistributionStore };
