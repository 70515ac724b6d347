import { BatchGetCommand, type DynamoDBDocumentClient } from '@aws-sdk/lib-dynamodb';
import { TransientError } from '../errors.ts';
import { systemWait } from '../wait.ts';

type Item = Record<string, unknown>;

/** DynamoDB takes so many keys in one request. */
const KEYS_PER_REQUEST = 100;
const MAX_TRIES = 6;
const FIRST_DELAY_MILLISECONDS = 50;

const getBatch = async (
  client: DynamoDBDocumentClient,
  tableName: string,
  batch: readonly Item[],
): Promise<Item[]> => {
  const items: Item[] = [];
  let keys: Item[] = [...batch];
  for (let tries = 0; tries < MAX_TRIES; tries += 1) {
    if (tries > 0) await systemWait(FIRST_DELAY_MILLISECONDS * 2 ** tries);
    const { Responses, UnprocessedKeys } = await client.send(
      new BatchGetCommand({ RequestItems: { [tableName]: { Keys: keys, ConsistentRead: true } } }),
    );
    items.push(...(Responses?.[tableName] ?? []));
    keys = UnprocessedKeys?.[tableName]?.Keys ?? [];
    if (keys.length === 0) return items;
  }
  throw new TransientError(
    `${keys.length} items of ${tableName} could not be read in ${MAX_TRIES} tries: the table throttles, try again`,
  );
};

/**
 * The items of `keys` that exist, strongly consistent, in no order.
 * @throws TransientError when some could not be read: never a part of them
 */
const batchGetAll = async (
  client: DynamoDBDocumentClient,
  tableName: string,
  keys: readonly Item[],
): Promise<Item[]> => {
  const items: Item[] = [];
  for (let start = 0; start < keys.length; start += KEYS_PER_REQUEST)
    items.push(...(await getBatch(client, tableName, keys.slice(start, start + KEYS_PER_REQUEST))));
  return items;
};

export { batchGetAll };
