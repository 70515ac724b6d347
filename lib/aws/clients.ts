import { DynamoDBClient } from '@aws-sdk/client-dynamodb';
import { SQSClient } from '@aws-sdk/client-sqs';
import { DynamoDBDocumentClient } from '@aws-sdk/lib-dynamodb';

/**
 * Queue URLs name AWS hosts also on the embedded cloud (they come from the template); the endpoint must win
 * over them, there as on AWS.
 */
const createSqsClient = (): SQSClient => new SQSClient({ useQueueUrlAsEndpoint: false });

/** Undefined values are left out of items; sets and numbers stay as the SDK maps them. */
const createDocumentClient = (): DynamoDBDocumentClient =>
  DynamoDBDocumentClient.from(new DynamoDBClient({}), {
    marshallOptions: { removeUndefinedValues: true },
  });

export { createDocumentClient, createSqsClient };
