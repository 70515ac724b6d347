import {
  CreateTableCommand,
  type CreateTableCommandInput,
  DescribeTableCommand,
  ResourceNotFoundException,
  type TableDescription,
  UpdateTableCommand,
  waitUntilTableExists,
} from '@aws-sdk/client-dynamodb';
import { z } from 'zod';
import { regionalArn } from '../arns.ts';
import { CloudError } from '../cloud-error.ts';
import { defineKind, ignored, tags, type Workshop } from './kind.ts';

const keySchema = z.array(z.strictObject({ AttributeName: z.string(), KeyType: z.enum(['HASH', 'RANGE']) }));
const projectionSchema = z.strictObject({
  ProjectionType: z.enum(['ALL', 'KEYS_ONLY', 'INCLUDE']),
  NonKeyAttributes: z.array(z.string()).optional(),
});
const throughput = ignored('the emulator does not throttle');

const indexSchema = z.strictObject({
  IndexName: z.string(),
  KeySchema: keySchema,
  Projection: projectionSchema,
  ProvisionedThroughput: throughput,
  OnDemandThroughput: throughput,
  ContributorInsightsSpecification: ignored('no insights here'),
});

const tableSchema = z.strictObject({
  TableName: z.string().optional(),
  KeySchema: keySchema,
  AttributeDefinitions: z.array(
    z.strictObject({ AttributeName: z.string(), AttributeType: z.enum(['S', 'N', 'B']) }),
  ),
  GlobalSecondaryIndexes: z.array(indexSchema).default([]),
  BillingMode: z.literal('PAY_PER_REQUEST'),
  ProvisionedThroughput: throughput,
  OnDemandThroughput: throughput,
  SSESpecification: ignored('the disk is the user’s own'),
  PointInTimeRecoverySpecification: ignored('the emulator keeps no backups'),
  DeletionProtectionEnabled: ignored('the embedded cloud never deletes a table'),
  ContributorInsightsSpecification: ignored('no insights here'),
  TableClass: ignored('a price'),
  TimeToLiveSpecification: ignored(
    'AWS deletes expired items days later or never: code must not rely on it, and here nothing is deleted',
  ),
  Tags: tags,
});
type TableProperties = z.infer<typeof tableSchema>;

/** dynalite wants a throughput for an index that joins an existing table; it does not throttle by it. */
const ANY_THROUGHPUT = { ReadCapacityUnits: 1, WriteCapacityUnits: 1 };

const indexesOf = (properties: TableProperties) =>
  properties.GlobalSecondaryIndexes.map(({ IndexName, KeySchema, Projection }) => ({
    IndexName,
    KeySchema,
    Projection: {
      ProjectionType: Projection.ProjectionType,
      ...(Projection.NonKeyAttributes && { NonKeyAttributes: Projection.NonKeyAttributes }),
    },
  }));

const describe = async (name: string, { dynamodb }: Workshop): Promise<TableDescription | undefined> => {
  try {
    return (await dynamodb.send(new DescribeTableCommand({ TableName: name }))).Table;
  } catch (error) {
    if (error instanceof ResourceNotFoundException) return undefined;
    throw error;
  }
};

const createTable = async (
  name: string,
  properties: TableProperties,
  { dynamodb }: Workshop,
): Promise<void> => {
  const indexes = indexesOf(properties);
  const input: CreateTableCommandInput = {
    TableName: name,
    KeySchema: properties.KeySchema,
    AttributeDefinitions: properties.AttributeDefinitions,
    BillingMode: 'PAY_PER_REQUEST',
    ...(indexes.length > 0 && { GlobalSecondaryIndexes: indexes }),
  };
  await dynamodb.send(new CreateTableCommand(input));
  await waitUntilTableExists(
    { client: dynamodb, minDelay: 0.02, maxDelay: 0.1, maxWaitTime: 10 },
    { TableName: name },
  );
};

const keyText = (
  key: readonly { AttributeName?: string | undefined; KeyType?: string | undefined }[],
): string => key.map(({ AttributeName, KeyType }) => `${AttributeName} ${KeyType}`).join(', ');

/** A table that an earlier start made: its key must be the template's; missing indexes are added. */
const updateTable = async (
  name: string,
  properties: TableProperties,
  existing: TableDescription,
  { dynamodb }: Workshop,
): Promise<void> => {
  if (keyText(existing.KeySchema ?? []) !== keyText(properties.KeySchema)) {
    throw new CloudError(
      `table ${name} was made with another key (${keyText(existing.KeySchema ?? [])}): start with a new data folder`,
    );
  }
  const present = new Map(existing.GlobalSecondaryIndexes?.map((index) => [index.IndexName, index]));
  for (const index of indexesOf(properties)) {
    const found = present.get(index.IndexName);
    if (found === undefined) {
      await dynamodb.send(
        new UpdateTableCommand({
          TableName: name,
          AttributeDefinitions: properties.AttributeDefinitions,
          GlobalSecondaryIndexUpdates: [{ Create: { ...index, ProvisionedThroughput: ANY_THROUGHPUT } }],
        }),
      );
    } else if (keyText(found.KeySchema ?? []) !== keyText(index.KeySchema)) {
      throw new CloudError(
        `index ${index.IndexName} of table ${name} was made with another key: start with a new data folder`,
      );
    }
  }
};

const table = defineKind(
  'AWS::DynamoDB::Table',
  tableSchema,
  async (properties, { fallbackName }, workshop) => {
    const name = properties.TableName ?? fallbackName;
    const existing = await describe(name, workshop);
    if (existing === undefined) await createTable(name, properties, workshop);
    else await updateTable(name, properties, existing, workshop);
    return { ref: name, attributes: { Arn: regionalArn('dynamodb', `table/${name}`) } };
  },
);

export { table };
