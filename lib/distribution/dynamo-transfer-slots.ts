import { type DynamoDBDocumentClient, GetCommand, PutCommand, UpdateCommand } from '@aws-sdk/lib-dynamodb';
import * as z from 'zod';
import { writeIf } from '../aws/conditional-write.ts';
import { parseItem } from '../aws/parse-item.ts';
import { TransientError } from '../errors.ts';
import { timestampSchema } from '../time.ts';
import { decideSlots } from './decide-slots.ts';
import type { TransferSlots } from './transfer-slots.ts';

const KEY = { scope: 'TRANSFERS', item: 'slots' };
/** Concurrent dispatchers are few (five), and each lost race is one fast repeat. */
const MAX_TRIES = 20;

const slotsSchema = z.object({
  holders: z.record(z.string(), timestampSchema),
  revision: z.int().nonnegative(),
});

/** TransferSlots in one item of the control table: the revision makes the limit exact. */
const createDynamoTransferSlots = (client: DynamoDBDocumentClient, tableName: string): TransferSlots => {
  const read = async (): Promise<z.infer<typeof slotsSchema> | undefined> => {
    const { Item } = await client.send(
      new GetCommand({ TableName: tableName, Key: KEY, ConsistentRead: true }),
    );
    return Item === undefined ? undefined : parseItem(slotsSchema, Item, 'the item of transfer slots');
  };
  return {
    acquire: async (wanted, limit, expiresAt, now) => {
      for (let tries = 0; tries < MAX_TRIES; tries += 1) {
        const slots = await read();
        const { next, granted, changed } = decideSlots(slots?.holders ?? {}, wanted, limit, expiresAt, now);
        if (!changed) return granted;
        // Nobody took or freed a slot since the read: so never more than the limit.
        const written = await writeIf(() =>
          client.send(
            new PutCommand({
              TableName: tableName,
              Item: { ...KEY, holders: next, revision: (slots?.revision ?? 0) + 1 },
              ConditionExpression: slots === undefined ? 'attribute_not_exists(#scope)' : 'revision = :read',
              ...(slots === undefined
                ? { ExpressionAttributeNames: { '#scope': 'scope' } }
                : { ExpressionAttributeValues: { ':read': slots.revision } }),
            }),
          ),
        );
        if (written) return granted;
      }
      throw new TransientError(
        `the transfer slots changed ${MAX_TRIES} times while some were taken; try again`,
      );
    },
    release: async (holders) => {
      for (const holder of holders) {
        await writeIf(() =>
          client.send(
            new UpdateCommand({
              TableName: tableName,
              Key: KEY,
              UpdateExpression: 'REMOVE holders.#holder ADD revision :one',
              ConditionExpression: 'attribute_exists(holders.#holder)',
              ExpressionAttributeNames: { '#holder': holder },
              ExpressionAttributeValues: { ':one': 1 },
            }),
          ),
        );
      }
    },
  };
};

export { createDynamoTransferSlots };
