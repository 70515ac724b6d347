import {
  CreateTableCommand,
  type CreateTableCommandInput,
  DescribeTableCommand,
  ResourceNotFoundException,
  type TableDescription,
  waitUntilTableExists,
} from '@aws-sdk/client-dynamodb';
import * as z from 'zod';
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

/**
 * A table that an earlier start made must have the template's key and indexes: dynalite accepts a new index for an
 * existing table and never makes it.
 * @throws CloudError naming the difference.
 */
const compareTable = (name: string, properties: TableProperties, existing: TableDescription): void => {
  const refuse = (difference: string): never => {
    throw new CloudError(`table ${name} was made ${difference}: start with a new data folder`);
  };
  const key = keyText(existing.KeySchema ?? []);
  if (key !== keyText(properties.KeySchema)) refuse(`with another key (${key})`);
  for (const { IndexName, KeySchema } of properties.GlobalSecondaryIndexes) {
    const found = existing.GlobalSecondaryIndexes?.find((index) => index.IndexName === IndexName);
    if (found === undefined) refuse(`without the index ${IndexName}`);
    else if (keyText(found.KeySchema ?? []) !== keyText(KeySchema)) {
      refuse(`with another key of the index ${IndexName}`);
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
    else compareTable(name, properties, existing);
    return { ref: name, attributes: { Arn: regionalArn('dynamodb', `table/${name}`) } };
  },
);

export { table };
