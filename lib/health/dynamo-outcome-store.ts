import { type DynamoDBDocumentClient, PutCommand } from '@aws-sdk/lib-dynamodb';
import * as z from 'zod';
import { getControlItem, putControlItem } from '../aws/control-items.ts';
import { parseItem } from '../aws/parse-item.ts';
import { queryAll } from '../aws/query-all.ts';
import { addSeconds, timestampSchema, toTimestamp } from '../time.ts';
import { circuitSchema } from './circuit.ts';
import { minuteOf, type OutcomeStore } from './outcome-store.ts';

const ERROR = 'ERROR';
const RECOVERY = 'RECOVERY';
const CIRCUIT = 'CIRCUIT';
/** Longer than the windows that count them. */
const ERROR_KEPT_SECONDS = 600;
const RECOVERY_KEPT_SECONDS = 4200;

const errorSchema = z.object({ component: z.string(), type: z.string(), at: timestampSchema });
const recoverySchema = z.object({ eventId: z.string(), succeeded: z.boolean(), at: timestampSchema });

/**
 * OutcomeStore in the control table: `ERROR` / `<minute>#<component>#<type>` and `RECOVERY` / `<time>#<eventId>`, which DynamoDB's TTL
 * removes, and `CIRCUIT` / `<stage>`. Writing a mark again changes nothing, so no condition is needed.
 */
const createDynamoOutcomeStore = (client: DynamoDBDocumentClient, tableName: string): OutcomeStore => {
  const mark = async (
    scope: string,
    item: string,
    content: Readonly<Record<string, unknown>>,
    expiry: Date,
  ): Promise<void> => {
    const expiresAtEpochSeconds = Math.ceil(expiry.getTime() / 1000);
    await client.send(
      new PutCommand({ TableName: tableName, Item: { ...content, scope, item, expiresAtEpochSeconds } }),
    );
  };
  const listFrom = (scope: string, first: string) =>
    queryAll(client, {
      TableName: tableName,
      KeyConditionExpression: '#scope = :scope AND #item >= :first',
      ExpressionAttributeNames: { '#scope': 'scope', '#item': 'item' },
      ExpressionAttributeValues: { ':scope': scope, ':first': first },
      ConsistentRead: true,
    });
  return {
    recordError: async (component, type, at) => {
      const minute = toTimestamp(minuteOf(at));
      await mark(
        ERROR,
        `${minute}#${component}#${type}`,
        { component, type, at: minute },
        addSeconds(at, ERROR_KEPT_SECONDS),
      );
    },
    listErrors: async (since) =>
      (await listFrom(ERROR, toTimestamp(minuteOf(since)))).map((item) =>
        parseItem(errorSchema, item, 'an error mark'),
      ),
    recordRecovery: async (eventId, succeeded, at) => {
      const time = toTimestamp(at);
      await mark(
        RECOVERY,
        `${time}#${eventId}`,
        { eventId, succeeded, at: time },
        addSeconds(at, RECOVERY_KEPT_SECONDS),
      );
    },
    listRecoveries: async (since) =>
      (await listFrom(RECOVERY, toTimestamp(since))).map((item) =>
        parseItem(recoverySchema, item, 'a recovery mark'),
      ),
    getCircuit: (stage) => getControlItem(client, tableName, { scope: CIRCUIT, item: stage }, circuitSchema),
    listCircuits: async () => {
      const items = await queryAll(client, {
        TableName: tableName,
        KeyConditionExpression: '#scope = :scope',
        ExpressionAttributeNames: { '#scope': 'scope' },
        ExpressionAttributeValues: { ':scope': CIRCUIT },
        ConsistentRead: true,
      });
      return items.map((item) => parseItem(circuitSchema, item, 'a circuit'));
    },
    putCircuit: (circuit, expectedRevision) =>
      putControlItem(client, tableName, { scope: CIRCUIT, item: circuit.stage }, circuit, expectedRevision),
  };
};

export { createDynamoOutcomeStore };
