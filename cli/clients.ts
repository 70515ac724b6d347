import { CloudFormationClient } from '@aws-sdk/client-cloudformation';
import { CloudWatchLogsClient } from '@aws-sdk/client-cloudwatch-logs';
import { DynamoDBClient } from '@aws-sdk/client-dynamodb';
import { EventBridgeClient } from '@aws-sdk/client-eventbridge';
import { LambdaClient } from '@aws-sdk/client-lambda';
import { S3Client } from '@aws-sdk/client-s3';
import { SecretsManagerClient } from '@aws-sdk/client-secrets-manager';
import { SNSClient } from '@aws-sdk/client-sns';
import { SQSClient } from '@aws-sdk/client-sqs';
import { STSClient } from '@aws-sdk/client-sts';
import { DynamoDBDocumentClient } from '@aws-sdk/lib-dynamodb';

/** Where AWS's services answer, and with which keys. Keys only for an embedded cloud; else the SDK's usual chain. */
interface ClientTarget {
  readonly region: string;
  readonly endpoint?: string | undefined;
  readonly accessKeyId?: string | undefined;
  readonly secretAccessKey?: string | undefined;
}

/** The keys of the embedded cloud's operator in its usual account. They open nothing but 127.0.0.1, so they are no secret. */
const EMULATOR_OPERATOR = {
  accessKeyId: 'AKIA73306584163458AB',
  secretAccessKey: '93216E517FAB4E3CB20E00D5E5219C104388B0A3',
};

/** The SDK would write remarks about its streams to the screen; errors reach us as errors. */
const ignore = (): void => {};
const silentLogger = { trace: ignore, debug: ignore, info: ignore, warn: ignore, error: ignore };

const createClients = (target: ClientTarget) => {
  const { region, endpoint, accessKeyId, secretAccessKey } = target;
  const credentials =
    accessKeyId !== undefined && secretAccessKey !== undefined
      ? { accessKeyId, secretAccessKey }
      : endpoint !== undefined
        ? EMULATOR_OPERATOR
        : undefined;
  const common = {
    region,
    logger: silentLogger,
    ...(endpoint && { endpoint }),
    ...(credentials && { credentials }),
  };
  return {
    documents: DynamoDBDocumentClient.from(new DynamoDBClient(common), {
      marshallOptions: { removeUndefinedValues: true },
    }),
    // Queue URLs name AWS hosts also on the embedded cloud; the endpoint must win over them.
    sqs: new SQSClient({ ...common, useQueueUrlAsEndpoint: false }),
    sns: new SNSClient(common),
    s3: new S3Client({ ...common, forcePathStyle: endpoint !== undefined }),
    sts: new STSClient(common),
    events: new EventBridgeClient(common),
    logs: new CloudWatchLogsClient(common),
    lambda: new LambdaClient(common),
    secrets: new SecretsManagerClient(common),
    cloudFormation: new CloudFormationClient(common),
  };
};
type Clients = ReturnType<typeof createClients>;

export type { Clients, ClientTarget };
export { createClients, EMULATOR_OPERATOR };
