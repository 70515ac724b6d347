import type { AddressInfo } from 'node:net';
import {
  CreateTableCommand,
  DynamoDBClient,
  type KeySchemaElement,
  waitUntilTableExists,
} from '@aws-sdk/client-dynamodb';
import { DynamoDBDocumentClient } from '@aws-sdk/lib-dynamodb';
import dynalite from 'dynalite';
import { INDEXES } from '../../lib/constants.ts';

type KeyNames = readonly [string, string?];

/** The keys of architecture.md, "State": table → its key and its indexes. */
const shapes: Record<string, { key: KeyNames; indexes: Record<string, KeyNames> }> = {
  artifacts: {
    key: ['artifactId', 'item'],
    indexes: {
      [INDEXES.artifactsByName]: ['kindName', 'registeredAt'],
      [INDEXES.artifactsByNode]: ['nodeId', 'artifactId'],
      [INDEXES.deliveriesByState]: ['deliveryState', 'dueAt'],
      [INDEXES.artifactsByReplicas]: ['replicaState', 'replicaKey'],
    },
  },
  commands: { key: ['commandId'], indexes: { [INDEXES.commandsByNodeStatus]: ['nodeStatus', 'issuedAt'] } },
  distributions: {
    key: ['distributionId'],
    indexes: { [INDEXES.distributionsByState]: ['openState', 'deadlineAt'] },
  },
  control: { key: ['scope', 'item'], indexes: {} },
};

const keySchema = ([partition, sort]: KeyNames): KeySchemaElement[] => [
  { AttributeName: partition, KeyType: 'HASH' },
  ...(sort === undefined ? [] : [{ AttributeName: sort, KeyType: 'RANGE' as const }]),
];

interface LocalTables {
  readonly client: DynamoDBDocumentClient;
  /** Makes new, empty tables; their names end in a number of their own. */
  create(): Promise<Record<'artifacts' | 'commands' | 'distributions' | 'control', string>>;
  stop(): Promise<void>;
}

/** DynamoDB in this process, in memory. */
const startLocalTables = async (): Promise<LocalTables> => {
  const server = dynalite({ createTableMs: 0 });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const address: AddressInfo | string | null = server.address();
  if (address === null || typeof address === 'string') throw new Error('dynalite has no port');
  const raw = new DynamoDBClient({
    endpoint: `http://127.0.0.1:${address.port}`,
    region: 'us-east-1',
    credentials: { accessKeyId: 'local', secretAccessKey: 'local' },
  });
  let made = 0;
  const createTable = async (part: string, suffix: number): Promise<string> => {
    const shape = shapes[part];
    if (shape === undefined) throw new Error(`no shape for table ${part}`);
    const names = [shape.key, ...Object.values(shape.indexes)].flat().filter((name) => name !== undefined);
    const indexes = Object.entries(shape.indexes).map(([IndexName, key]) => ({
      IndexName,
      KeySchema: keySchema(key),
      Projection: { ProjectionType: 'ALL' as const },
    }));
    const TableName = `${part}-${suffix}`;
    await raw.send(
      new CreateTableCommand({
        TableName,
        KeySchema: keySchema(shape.key),
        AttributeDefinitions: [...new Set(names)].map((AttributeName) => ({
          AttributeName,
          AttributeType: 'S' as const,
        })),
        BillingMode: 'PAY_PER_REQUEST',
        ...(indexes.length === 0 ? {} : { GlobalSecondaryIndexes: indexes }),
      }),
    );
    // A table is made after the answer, here as on AWS.
    await waitUntilTableExists(
      { client: raw, minDelay: 0.01, maxDelay: 0.1, maxWaitTime: 10 },
      { TableName },
    );
    return TableName;
  };
  return {
    client: DynamoDBDocumentClient.from(raw, { marshallOptions: { removeUndefinedValues: true } }),
    create: async () => {
      made += 1;
      return {
        artifacts: await createTable('artifacts', made),
        commands: await createTable('commands', made),
        distributions: await createTable('distributions', made),
        control: await createTable('control', made),
      };
    },
    stop: async () => {
      raw.destroy();
      await new Promise<void>((resolve) => {
        server.close(() => resolve());
      });
    },
  };
};

export type { LocalTables };
export { startLocalTables };
