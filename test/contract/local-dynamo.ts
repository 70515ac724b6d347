import { CreateTableCommand, DynamoDBClient, waitUntilTableExists } from '@aws-sdk/client-dynamodb';
import { DynamoDBDocumentClient } from '@aws-sdk/lib-dynamodb';
import dynalite from 'dynalite';

interface LocalDynamo {
  readonly client: DynamoDBDocumentClient;
  /** Makes a new, empty table with string keys; an index is its name, partition key and sort key. */
  createTable(keys: readonly string[], index?: readonly [string, string, string]): Promise<string>;
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
  let made = 0;
  return {
    client: DynamoDBDocumentClient.from(raw, { marshallOptions: { removeUndefinedValues: true } }),
    createTable: async (keys, index) => {
      made += 1;
      const [indexName, ...indexKeys] = index ?? [];
      await raw.send(
        new CreateTableCommand({
          TableName: `table-${made}`,
          KeySchema: keySchema(keys),
          AttributeDefinitions: [...new Set([...keys, ...indexKeys])].map((AttributeName) => ({
            AttributeName,
            AttributeType: 'S' as const,
          })),
          BillingMode: 'PAY_PER_REQUEST',
          ...(indexName === undefined
            ? {}
            : {
                GlobalSecondaryIndexes: [
                  {
                    IndexName: indexName,
                    KeySchema: keySchema(indexKeys),
                    Projection: { ProjectionType: 'ALL' as const },
                  },
                ],
              }),
        }),
      );
      const name = `table-${made}`;
      // A table is made after the answer, here as on AWS.
      await waitUntilTableExists(
        { client: raw, minDelay: 0.01, maxDelay: 0.1, maxWaitTime: 10 },
        { TableName: name },
      );
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
