import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { CloudFormationClient } from '@aws-sdk/client-cloudformation';
import { CloudWatchLogsClient } from '@aws-sdk/client-cloudwatch-logs';
import { DynamoDBClient } from '@aws-sdk/client-dynamodb';
import { EventBridgeClient } from '@aws-sdk/client-eventbridge';
import { S3Client } from '@aws-sdk/client-s3';
import { SQSClient } from '@aws-sdk/client-sqs';
import { STSClient } from '@aws-sdk/client-sts';
import {
  type FrontDoor,
  type FrontDoorOptions,
  startFrontDoor,
} from '../../../../local/emulators/front-door.ts';

const ACCOUNT = '123456789012';
const REGION = 'eu-central-1';

interface Keys {
  readonly accessKeyId: string;
  readonly secretAccessKey: string;
  readonly sessionToken?: string;
}

const start = (options: Partial<FrontDoorOptions> = {}): Promise<FrontDoor> =>
  startFrontDoor({
    port: 0,
    dataFolder: undefined,
    accountId: ACCOUNT,
    region: REGION,
    log: () => undefined,
    ...options,
  });

/** A folder that is gone when the test ends. */
const temporaryFolder = (onTestFinished: (clean: () => void) => void): string => {
  const folder = mkdtempSync(join(tmpdir(), 'emulator-test-'));
  onTestFinished(() => rmSync(folder, { recursive: true, force: true }));
  return folder;
};

/** The real SDK clients, as `keys`; one attempt, so that a refusal is seen and not repeated. */
const clientsOf = (cloud: FrontDoor, keys: Keys = cloud.principals.operator) => {
  const config = { endpoint: cloud.endpoint, region: REGION, credentials: keys, maxAttempts: 1 };
  return {
    cloudFormation: new CloudFormationClient(config),
    dynamodb: new DynamoDBClient(config),
    events: new EventBridgeClient(config),
    logs: new CloudWatchLogsClient(config),
    s3: new S3Client({ ...config, forcePathStyle: true }),
    sqs: new SQSClient({ ...config, useQueueUrlAsEndpoint: false }),
    sts: new STSClient(config),
  };
};

/** Registers a role with these rights and gives its static keys. */
const keysWithPolicy = (cloud: FrontDoor, name: string, statements: unknown[]) => {
  const arn = `arn:aws:iam::${ACCOUNT}:role/${name}`;
  cloud.principals.registerRole({ arn, roleId: `AROA${name.toUpperCase()}`, trustPolicy: {} });
  cloud.authorizer.setRolePolicies(arn, [{ Version: '2012-10-17', Statement: statements }]);
  return cloud.principals.keysFor(arn, 'session');
};

/** The code and HTTP status of a refusal; fails when there is none. */
const refusalOf = async (call: Promise<unknown>): Promise<{ name: string; status: number | undefined }> => {
  try {
    await call;
  } catch (error) {
    if (!(error instanceof Error)) throw error;
    const metadata: unknown = '$metadata' in error ? error.$metadata : undefined;
    const status =
      typeof metadata === 'object' && metadata !== null && 'httpStatusCode' in metadata
        ? Number(metadata.httpStatusCode)
        : undefined;
    return { name: error.name, status };
  }
  throw new Error('the call was expected to be refused, and succeeded');
};

export { ACCOUNT, clientsOf, keysWithPolicy, REGION, refusalOf, start, temporaryFolder };
