import { randomUUID } from 'node:crypto';
import { mkdirSync, mkdtempSync, rmSync } from 'node:fs';
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type Authorizer, createAuthorizer } from './authorizer.ts';
import { AwsError, toAwsError } from './aws-error.ts';
import { type StacksEmulator, startCloudFormation } from './cloud-formation.ts';
import { credentialScopeOf } from './credential-scope.ts';
import { startDynamoDb } from './dynamodb.ts';
import { type EventBridgeEmulator, startEventBridge } from './event-bridge.ts';
import { createFunctionUrls, type FunctionUrls } from './function-urls.ts';
import { createLambda, type LambdaEmulator } from './lambda.ts';
import { type LogsEmulator, startLogs } from './logs.ts';
import { createPrincipals, type Principals } from './principals.ts';
import { type S3Emulator, startS3 } from './s3/s3.ts';
import { startSecretsManager } from './secrets-manager.ts';
import type { Service } from './service.ts';
import { type SnsEmulator, startSns } from './sns.ts';
import { startSqs } from './sqs/sqs.ts';
import { startSts } from './sts.ts';

interface FrontDoorOptions {
  /** 0 = any free port. */
  readonly port: number;
  /** State is kept here over restarts and `kill -9`; undefined uses a temporary folder that `stop` removes. */
  readonly dataFolder: string | undefined;
  readonly accountId: string;
  readonly region: string;
  readonly log: (line: string) => void;
  /** Milliseconds since 1970; tests move it to see credentials expire. */
  readonly now?: () => number;
  /**
   * False while the stack is being made: everybody but the operator is told to come back. Roles have no policies then, and
   * an agent that lived through a restart would take "access denied" for the truth. Default: always true.
   */
  readonly isReady?: () => boolean;
}

interface FrontDoor {
  /** `http://127.0.0.1:<port>`, for `AWS_ENDPOINT_URL`. */
  readonly endpoint: string;
  readonly accountId: string;
  readonly region: string;
  readonly principals: Principals;
  readonly authorizer: Authorizer;
  readonly events: EventBridgeEmulator;
  readonly logs: LogsEmulator;
  readonly stacks: StacksEmulator;
  readonly sns: SnsEmulator;
  readonly functionUrls: FunctionUrls;
  readonly lambda: LambdaEmulator;
  /** Where objects lie on the disk, for tests that damage them. */
  readonly objects: S3Emulator['objects'];
  /** Ends everything; the data stays when a data folder was given. */
  stop(): Promise<void>;
}

const HOST = '127.0.0.1';

const listen = (server: ReturnType<typeof createServer>, port: number): Promise<number> =>
  new Promise((resolve, reject) => {
    server.once('error', reject);
    server.listen(port, HOST, () => {
      const address = server.address();
      if (address === null || typeof address === 'string') reject(new Error('the server has no TCP port'));
      else resolve(address.port);
    });
  });

/**
 * The embedded cloud's one HTTP server on 127.0.0.1. SDK clients, AWS CLI and boto3 reach every emulator through
 * `AWS_ENDPOINT_URL`; the service is the one in the request's SigV4 credential scope. Signatures are not verified
 * (only this machine can connect); the access key says who calls, and every call of a role is held against its
 * policies.
 * @throws Error of the system when the port is taken (`EADDRINUSE`) or the folder cannot be written.
 */
const startFrontDoor = async (options: FrontDoorOptions): Promise<FrontDoor> => {
  const { accountId, region, log, now = Date.now, isReady = () => true } = options;
  const folder = options.dataFolder ?? mkdtempSync(join(tmpdir(), 'embedded-cloud-'));
  const folderOf = (name: string): string => {
    const path = join(folder, name);
    mkdirSync(path, { recursive: true });
    return path;
  };
  let endpoint = '';
  const principals = createPrincipals({ accountId, folder: folderOf('sts'), now });
  const authorizer = createAuthorizer({ region, log });
  const sqs = startSqs({ folder: folderOf('sqs'), accountId, region, authorizer, endpoint: () => endpoint });
  const dynamodb = startDynamoDb({ folder: folderOf('dynamodb'), accountId, region, log });
  const s3 = startS3({ folder: folderOf('s3'), region, now });
  const events = startEventBridge({
    journalFile: join(folderOf('events'), 'undelivered.jsonl'),
    accountId,
    region,
    now,
    log,
    deadLetter: sqs.sendTo,
  });
  const logs = startLogs({ folder: folderOf('logs'), accountId, region, now });
  const stacks = startCloudFormation({ accountId, region, now });
  const sns = startSns({ accountId });
  const functionUrls = createFunctionUrls({ endpoint: () => endpoint, now, log });
  const lambda = createLambda();
  const services: Readonly<Record<string, Service>> = {
    cloudformation: stacks,
    dynamodb,
    events,
    lambda,
    logs,
    s3,
    secretsmanager: startSecretsManager({ folder: folderOf('secrets'), accountId, region, now }),
    sns,
    sqs,
    sts: startSts({ accountId, principals, authorizer, now }),
  };

  const route = async (request: IncomingMessage, response: ServerResponse): Promise<void> => {
    response.setHeader('x-amzn-requestid', randomUUID());
    const url = new URL(request.url ?? '/', endpoint);
    if (isReady() && (await functionUrls.serve(request, response, url))) return;
    const scope = credentialScopeOf(request, url);
    const service = services[scope?.service ?? 's3'] ?? s3;
    try {
      if (!isReady() && scope?.accessKeyId !== principals.operator.accessKeyId) {
        throw new AwsError('ServiceUnavailable', 'the embedded cloud is starting: try again', 503);
      }
      if (scope === undefined) {
        throw new AwsError(
          'AccessDenied',
          'the request is not signed: the embedded cloud knows no anonymous callers',
          403,
        );
      }
      if (services[scope.service] === undefined) {
        throw new AwsError('NotImplemented', `the embedded cloud has no service ${scope.service}`, 501);
      }
      const caller = principals.callerOf(scope.accessKeyId, scope.sessionToken);
      await service.serve({
        request,
        response,
        url,
        caller,
        authorize: (action, resourceArn, context) =>
          authorizer.authorize(caller, action, resourceArn, context),
      });
    } catch (error) {
      const refusal = toAwsError(error);
      if (refusal.status >= 500 && isReady()) log(`${scope?.service ?? 'request'}: ${refusal.message}`);
      if (response.headersSent || response.destroyed) {
        response.destroy();
        return;
      }
      service.refuse(response, refusal);
      // What is left of an upload that was refused must not be read as the next request.
      request.resume();
    }
  };

  const stopServices = async (): Promise<void> => {
    sqs.stop();
    await dynamodb.stop();
    if (options.dataFolder === undefined) rmSync(folder, { recursive: true, force: true });
  };

  const server = createServer((request, response) => void route(request, response));
  // Idle agents keep their connection between two long polls.
  server.keepAliveTimeout = 65_000;
  server.requestTimeout = 0;
  try {
    endpoint = `http://${HOST}:${await listen(server, options.port)}`;
  } catch (error) {
    await stopServices();
    throw error;
  }

  return {
    endpoint,
    accountId,
    region,
    principals,
    authorizer,
    events,
    logs,
    stacks,
    sns,
    functionUrls,
    lambda,
    objects: s3.objects,
    stop: async () => {
      // Deliveries under way may still need the server.
      await events.stop();
      const closed = new Promise((resolve) => server.close(resolve));
      server.closeAllConnections();
      await closed;
      await stopServices();
    },
  };
};

export type { FrontDoor, FrontDoorOptions };
export { startFrontDoor };
