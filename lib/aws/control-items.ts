import { type DynamoDBDocumentClient, GetCommand, PutCommand } from '@aws-sdk/lib-dynamodb';
import type * as z from 'zod';
import { writeIf } from './conditional-write.ts';
import { parseItem } from './parse-item.ts';

/** The key of an item of the control table. */
interface ControlKey {
  readonly scope: string;
  readonly item: string;
}

/** Reads one item, strongly consistent. */
const getControlItem = async <Schema extends z.ZodType>(
  client: DynamoDBDocumentClient,
  tableName: string,
  key: ControlKey,
  schema: Schema,
): Promise<z.infer<Schema> | undefined> => {
  const { Item } = await client.send(
    new GetCommand({ TableName: tableName, Key: { ...key }, ConsistentRead: true }),
  );
  return Item === undefined ? undefined : parseItem(schema, Item, `${key.scope}/${key.item}`);
};

/**
 * Writes the whole item if nobody wrote it since it was read: its revision is still `expectedRevision`, or there is none yet
 * when that is undefined. False when another was faster.
 */
const putControlItem = (
  client: DynamoDBDocumentClient,
  tableName: string,
  key: ControlKey,
  attributes: Readonly<Record<string, unknown>>,
  expectedRevision: number | undefined,
): Promise<boolean> =>
  writeIf(() =>
    client.send(
      new PutCommand({
        TableName: tableName,
        Item: { ...attributes, ...key, revision: (expectedRevision ?? 0) + 1 },
        ConditionExpression:
          expectedRevision === undefined ? 'attribute_not_exists(#scope)' : 'revision = :expected',
        ...(expectedRevision === undefined
          ? { ExpressionAttributeNames: { '#scope': 'scope' } }
          : { ExpressionAttributeValues: { ':expected': expectedRevision } }),
      }),
    ),
  );

export type { ControlKey };
export { getControlItem, putControlItem };
