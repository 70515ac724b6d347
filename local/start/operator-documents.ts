import { DynamoDBDocumentClient } from '@aws-sdk/lib-dynamodb';
import { createDynamoDbClient } from '../clients.ts';
import type { ReachableCloud } from '../cloud.ts';

/** Runs `use` with a client of the cloud's tables that may do everything, and closes it. */
const withOperatorDocuments = async <T>(
  cloud: ReachableCloud,
  use: (documents: DynamoDBDocumentClient) => Promise<T>,
): Promise<T> => {
  const environment = cloud.operatorEnvironment();
  const client = createDynamoDbClient(cloud.endpoint, {
    accessKeyId: environment['AWS_ACCESS_KEY_ID'] ?? '',
    secretAccessKey: environment['AWS_SECRET_ACCESS_KEY'] ?? '',
  });
  try {
    return await use(
      DynamoDBDocumentClient.from(client, { marshallOptions: { removeUndefinedValues: true } }),
    );
  } finally {
    client.destroy();
  }
};

export { withOperatorDocuments };
