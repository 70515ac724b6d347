import { DynamoDBClient } from '@aws-sdk/client-dynamodb';
import { S3Client } from '@aws-sdk/client-s3';
import { SQSClient } from '@aws-sdk/client-sqs';
import { REGION } from './arns.ts';

interface Keys {
  readonly accessKeyId: string;
  readonly secretAccessKey: string;
  readonly sessionToken?: string;
}

/** Configuration of an SDK client that calls the front door; nothing is taken from this process's environment. */
const clientConfig = (endpoint: string, credentials: Keys) => ({ endpoint, region: REGION, credentials });

/** Queue URLs name AWS's host: the endpoint must win over them. */
const createSqsClient = (endpoint: string, keys: Keys): SQSClient =>
  new SQSClient({ ...clientConfig(endpoint, keys), useQueueUrlAsEndpoint: false });

const createDynamoDbClient = (endpoint: string, keys: Keys): DynamoDBClient =>
  new DynamoDBClient(clientConfig(endpoint, keys));

const createS3Client = (endpoint: string, keys: Keys): S3Client =>
  new S3Client({ ...clientConfig(endpoint, keys), forcePathStyle: true });

export type { Keys };
export { createDynamoDbClient, createS3Client, createSqsClient };
