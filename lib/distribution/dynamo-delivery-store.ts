import { type DynamoDBDocumentClient, GetCommand, PutCommand } from '@aws-sdk/lib-dynamodb';
import { writeIf } from '../aws/conditional-write.ts';
import { parseItem } from '../aws/parse-item.ts';
import { queryAll, queryFirst } from '../aws/query-all.ts';
import { INDEXES } from '../constants.ts';
import { toTimestamp } from '../time.ts';
import { type Delivery, deliverySchema } from './delivery.ts';
import type { DeliveryStore } from './delivery-store.ts';

const ROW_PREFIX = 'NODE#';

const parseRow = (item: unknown): Delivery => parseItem(deliverySchema, item, 'a delivery row');

/** `deliveryState` makes the row a candidate of the sweep; a terminal row leaves that index. */
const toItem = (row: Delivery): Record<string, unknown> => ({
  ...row,
  item: `${ROW_PREFIX}${row.nodeId}`,
  ...(row.dueAt === undefined ? {} : { deliveryState: row.state }),
});

/** DeliveryStore in the artifacts table: items `NODE#<nodeId>` under the artifact. */
const createDynamoDeliveryStore = (client: DynamoDBDocumentClient, tableName: string): DeliveryStore => ({
  get: async (artifactId, nodeId) => {
    const { Item } = await client.send(
      new GetCommand({
        TableName: tableName,
        Key: { artifactId, item: `${ROW_PREFIX}${nodeId}` },
        ConsistentRead: true,
      }),
    );
    return Item === undefined ? undefined : parseRow(Item);
  },
  // One row per artifact and node, for ever.
  create: (delivery) =>
    writeIf(() =>
      client.send(
        new PutCommand({
          TableName: tableName,
          Item: toItem(delivery),
          ConditionExpression: 'attribute_not_exists(artifactId)',
        }),
      ),
    ),
  // The revision decides between two that read the same row: an attempt is sent once, a result counted once.
  replace: (next) =>
    writeIf(() =>
      client.send(
        new PutCommand({
          TableName: tableName,
          Item: toItem(next),
          ConditionExpression: 'revision = :read',
          ExpressionAttributeValues: { ':read': next.revision - 1 },
        }),
      ),
    ),
  listByArtifact: async (artifactId) => {
    const items = await queryAll(client, {
      TableName: tableName,
      KeyConditionExpression: 'artifactId = :artifactId AND begins_with(#item, :prefix)',
      ExpressionAttributeNames: { '#item': 'item' },
      ExpressionAttributeValues: { ':artifactId': artifactId, ':prefix': ROW_PREFIX },
      ConsistentRead: true,
    });
    return items.map(parseRow);
  },
  listByNode: async (nodeId) => {
    const items = await queryAll(client, {
      TableName: tableName,
      IndexName: INDEXES.artifactsByNode,
      KeyConditionExpression: 'nodeId = :nodeId',
      ExpressionAttributeValues: { ':nodeId': nodeId },
    });
    return items.map(parseRow);
  },
  listDue: async (states, dueBefore, limit) => {
    const rows: Delivery[] = [];
    for (const state of states) {
      const items = await queryFirst(
        client,
        {
          TableName: tableName,
          IndexName: INDEXES.deliveriesByState,
          KeyConditionExpression: 'deliveryState = :state AND dueAt <= :dueBefore',
          ExpressionAttributeValues: { ':state': state, ':dueBefore': toTimestamp(dueBefore) },
        },
        limit,
      );
      rows.push(...items.map(parseRow));
    }
    return rows.sort((a, b) => (a.dueAt ?? '').localeCompare(b.dueAt ?? '')).slice(0, limit);
  },
});

export { createDynamoDeliveryStore };
