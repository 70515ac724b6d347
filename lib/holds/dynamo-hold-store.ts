import { DeleteCommand, type DynamoDBDocumentClient, PutCommand } from '@aws-sdk/lib-dynamodb';
import * as z from 'zod';
import { writeIf } from '../aws/conditional-write.ts';
import { parseItem } from '../aws/parse-item.ts';
import { queryAll } from '../aws/query-all.ts';
import { toTimestamp } from '../time.ts';
import { type Hold, holdSchema } from './hold.ts';
import type { HoldStore } from './hold-store.ts';

const SCOPE = 'HOLD';
/** An expired hold stays visible to an inquiry for a week. */
const KEPT_SECONDS = 7 * 86_400;

const itemSchema = z.object({ hold: holdSchema });

/** HoldStore in the control table: items `HOLD` / `<holdId>`. The hold is nested, because its own `scope` is not the key's. */
const createDynamoHoldStore = (client: DynamoDBDocumentClient, tableName: string): HoldStore => ({
  put: async (hold) => {
    await client.send(
      new PutCommand({
        TableName: tableName,
        Item: {
          scope: SCOPE,
          item: hold.holdId,
          hold,
          expiresAtEpochSeconds: Math.ceil(new Date(hold.expiresAt).getTime() / 1000) + KEPT_SECONDS,
        },
      }),
    );
  },
  // An item that cannot be read as a hold is an error, never "no hold".
  listLive: async (now) => {
    const items = await queryAll(client, {
      TableName: tableName,
      KeyConditionExpression: '#scope = :scope',
      ExpressionAttributeNames: { '#scope': 'scope' },
      ExpressionAttributeValues: { ':scope': SCOPE },
      ConsistentRead: true,
    });
    return items
      .map((item): Hold => parseItem(itemSchema, item, 'a hold').hold)
      .filter(({ expiresAt }) => expiresAt > toTimestamp(now));
  },
  release: (holdId) =>
    writeIf(() =>
      client.send(
        new DeleteCommand({
          TableName: tableName,
          Key: { scope: SCOPE, item: holdId },
          ConditionExpression: 'attribute_exists(#scope)',
          ExpressionAttributeNames: { '#scope': 'scope' },
        }),
      ),
    ),
});

export { createDynamoHoldStore };
