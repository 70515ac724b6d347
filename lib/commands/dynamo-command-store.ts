import { type DynamoDBDocumentClient, GetCommand, PutCommand, UpdateCommand } from '@aws-sdk/lib-dynamodb';
import * as z from 'zod';
import { writeIf } from '../aws/conditional-write.ts';
import { parseItem } from '../aws/parse-item.ts';
import { queryAll } from '../aws/query-all.ts';
import { INDEXES } from '../constants.ts';
import { timestampSchema, toTimestamp } from '../time.ts';
import { commandSchema } from './command.ts';
import { failureClassSchema } from './command-result.ts';
import type { CommandRecord, CommandStore } from './command-store.ts';

/** Longer than any queue keeps a message. */
const LEDGER_SECONDS = 30 * 86_400;

const recordSchema = z
  .object({
    command: commandSchema,
    status: z.enum(['issued', 'succeeded', 'failed']),
    issuedAt: timestampSchema,
    answeredAt: timestampSchema.optional(),
    failure: z.object({ class: failureClassSchema, message: z.string() }).optional(),
  })
  .transform(
    ({ answeredAt, failure, ...record }): CommandRecord => ({
      ...record,
      ...(answeredAt === undefined ? {} : { answeredAt }),
      ...(failure === undefined ? {} : { failure }),
    }),
  );

const parseRecord = (item: unknown): CommandRecord =>
  parseItem(recordSchema, item, 'a command of the ledger');

const openStatus = (nodeId: string): string => `${nodeId}#issued`;

/** CommandStore in the commands table. */
const createDynamoCommandStore = (client: DynamoDBDocumentClient, tableName: string): CommandStore => ({
  get: async (commandId) => {
    const { Item } = await client.send(
      new GetCommand({ TableName: tableName, Key: { commandId }, ConsistentRead: true }),
    );
    return Item === undefined ? undefined : parseRecord(Item);
  },
  put: (command) =>
    writeIf(() =>
      client.send(
        new PutCommand({
          TableName: tableName,
          Item: {
            commandId: command.commandId,
            nodeId: command.nodeId,
            nodeStatus: openStatus(command.nodeId),
            command,
            status: 'issued',
            issuedAt: command.issuedAt,
            expiresAtEpochSeconds: Math.ceil(new Date(command.issuedAt).getTime() / 1000) + LEDGER_SECONDS,
          },
          ConditionExpression: 'attribute_not_exists(commandId)',
        }),
      ),
    ),
  // The first answer counts, and only from the node that the command was for.
  answer: (commandId, nodeId, result, at) =>
    writeIf(() =>
      client.send(
        new UpdateCommand({
          TableName: tableName,
          Key: { commandId },
          UpdateExpression: `SET #status = :status, answeredAt = :at, nodeStatus = :nodeStatus${result.outcome === 'failed' ? ', failure = :failure' : ''}`,
          ConditionExpression: 'nodeId = :nodeId AND #status = :issued',
          ExpressionAttributeNames: { '#status': 'status' },
          ExpressionAttributeValues: {
            ':status': result.outcome,
            ':at': toTimestamp(at),
            ':nodeStatus': `${nodeId}#${result.outcome}`,
            ':nodeId': nodeId,
            ':issued': 'issued',
            ...(result.outcome === 'failed' ? { ':failure': result.failure } : {}),
          },
        }),
      ),
    ),
  listOpen: async (nodeId) => {
    const items = await queryAll(client, {
      TableName: tableName,
      IndexName: INDEXES.commandsByNodeStatus,
      KeyConditionExpression: 'nodeStatus = :open',
      ExpressionAttributeValues: { ':open': openStatus(nodeId) },
    });
    return items.map(parseRecord);
  },
});

export { createDynamoCommandStore };
