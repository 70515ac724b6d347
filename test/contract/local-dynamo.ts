import { setTimeout as sleep } from 'node:timers/promises';
import { CreateTableCommand, DescribeTableCommand, DynamoDBClient } from '@aws-sdk/client-dynamodb';
import { DynamoDBDocumentClient } from '@aws-sdk/lib-dynamodb';
import dynalite from 'dynalite';

interface LocalDynamo {
  readonly client: DynamoDBDocumentClient;
  /** Makes a new, empty table with string keys; an index is its name, partition key and sort key. */
  createTable(keys: readonly string[], ...indexes: (readonly [string, string, string])[]): Promise<string>;
  stop(): Promise<void>;
}

const keySchema = (keys: readonly string[]) =>
  keys.map((AttributeName, position) => ({
    AttributeName,
    KeyType: position === 0 ? ('HASH' as const) : ('RANGE' as const),
  }));

/** DynamoDB in this process, in memory. */
const startLocalDynamo = async (): Promise<LocalDynamo> => {
  const server = dynalite({ createTableMs: 0 });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const address = server.address();
  if (address === null || typeof address === 'string') {
    throw new Error('dynalite has no port');
  }
  const raw = new DynamoDBClient({
    endpoint: `http://127.0.0.1:${address.port}`,
    region: 'us-east-1',
    credentials: { accessKeyId: 'local', secretAccessKey: 'local' },
  });
  const untilActive = async (TableName: string): Promise<void> => {
    for (let tries = 0; tries < 1000; tries += 1) {
      const { Table } = await raw.send(new DescribeTableCommand({ TableName }));
      if (Table?.TableStatus === 'ACTIVE') return;
      await sleep(1);
    }
    throw new Error(`${TableName} does not become active`);
  };
  let made = 0;
  return {
    client: DynamoDBDocumentClient.from(raw, { marshallOptions: { removeUndefinedValues: true } }),
    createTable: async (keys, ...indexes) => {
      made += 1;
      const name = `table-${made}`;
      const indexKeys = indexes.flatMap(([, ...names]) => names);
      await raw.send(
        new CreateTableCommand({
          TableName: name,
          KeySchema: keySchema(keys),
          AttributeDefinitions: [...new Set([...keys, ...indexKeys])].map((AttributeName) => ({
            AttributeName,
            AttributeType: 'S' as const,
          })),
          BillingMode: 'PAY_PER_REQUEST',
          ...(indexes.length === 0
            ? {}
            : {
                GlobalSecondaryIndexes: indexes.map(([IndexName, ...names]) => ({
                  IndexName,
                  KeySchema: keySchema(names),
                  Projection: { ProjectionType: 'ALL' as const },
                })),
              }),
        }),
      );
      await untilActive(name);
      return name;
    },
    stop: async () => {
      raw.destroy();
      await new Promise<void>((resolve) => {
        server.close(() => resolve());
      });
    },
  };
};

export type { LocalDynamo };
export { startLocalDynamo };
