import { type DynamoDBDocumentClient, GetCommand, PutCommand } from '@aws-sdk/lib-dynamodb';
import * as z from 'zod';
import { addSeconds, type Clock } from '../time.ts';
import { SEEN_EVENTS_SECONDS, type SeenEvents } from './seen-events.ts';

const markSchema = z.object({ expiresAtEpochSeconds: z.number() });
const toEpochSeconds = (instant: Date): number => Math.ceil(instant.getTime() / 1000);

/** SeenEvents in the control table: item `SEEN#<consumer>` / `<eventId>`, which DynamoDB's TTL removes. */
const createDynamoSeenEvents = (
  client: DynamoDBDocumentClient,
  tableName: string,
  clock: Clock,
): SeenEvents => {
  const keyOf = (consumer: string, eventId: string): { scope: string; item: string } => ({
    scope: `SEEN#${consumer}`,
    item: eventId,
  });
  return {
    wasSeen: async (consumer, eventId) => {
      const { Item } = await client.send(
        new GetCommand({ TableName: tableName, Key: keyOf(consumer, eventId), ConsistentRead: true }),
      );
      // TTL removes items late; an expired mark counts no more.
      return Item !== undefined && markSchema.parse(Item).expiresAtEpochSeconds > toEpochSeconds(clock.now());
    },
    markSeen: async (consumer, eventId) => {
      const expiry = addSeconds(clock.now(), SEEN_EVENTS_SECONDS);
      await client.send(
        new PutCommand({
          TableName: tableName,
          Item: { ...keyOf(consumer, eventId), expiresAtEpochSeconds: toEpochSeconds(expiry) },
        }),
      );
    },
  };
};

export { createDynamoSeenEvents };
