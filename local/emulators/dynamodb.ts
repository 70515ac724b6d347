import { once } from 'node:events';
import type { ServerResponse } from 'node:http';
import { setTimeout as delay } from 'node:timers/promises';
import { Worker } from 'node:worker_threads';
import * as z from 'zod';
import { codeCacheFolder } from '../build-cache.ts';
import { AwsError } from './aws-error.ts';
import { headerOf, readBody } from './http-body.ts';
import { type JsonBody, operationOf, parseJsonBody, refuseAsJson, sendJson } from './json-protocol.ts';
import type { Service } from './service.ts';

const replySchema = z.object({
  id: z.number(),
  status: z.number(),
  headers: z.record(z.string(), z.union([z.string(), z.number()])),
  body: z.string(),
});
type Reply = z.infer<typeof replySchema>;

interface DynamoDbEmulator extends Service {
  stop(): Promise<void>;
}

interface DynamoDbOptions {
  /** LevelDB's folder; memory when undefined. */
  readonly folder: string | undefined;
  readonly accountId: string;
  readonly region: string;
  readonly log: (line: string) => void;
}

const ACTIVE_POLL_MS = 5;

const namedTable = z.object({ TableName: z.string(), IndexName: z.string().optional() });
const manyTables = z.object({ RequestItems: z.record(z.string(), z.unknown()) });
const taggedTable = z.object({ ResourceArn: z.string() });

/** The ARNs that a request touches; `*` when it names no table. */
const resourcesOf = (body: JsonBody, tableArn: (name: string) => string): string[] => {
  const batch = manyTables.safeParse(body);
  if (batch.success) return Object.keys(batch.data.RequestItems).map(tableArn);
  const tagged = taggedTable.safeParse(body);
  if (tagged.success) return [tagged.data.ResourceArn];
  const named = namedTable.safeParse(body);
  if (!named.success) return ['*'];
  const { TableName, IndexName } = named.data;
  return [IndexName === undefined ? tableArn(TableName) : `${tableArn(TableName)}/index/${IndexName}`];
};

/** What dynalite does not know and our clients send: accepted where leaving it out changes nothing here. */
const withoutUnknownSettings = (operation: string, body: JsonBody): JsonBody => {
  if (operation !== 'CreateTable' && operation !== 'UpdateTable') return body;
  const { DeletionProtectionEnabled, TableClass, SSESpecification, StreamSpecification, ...known } = body;
  return known;
};

/**
 * Operations that dynalite lacks, answered here. Expiry by TTL is not emulated (AWS may take days for it, too):
 * readers must compare `expiresAt…` themselves.
 */
const answerWithoutDynalite = (operation: string, body: JsonBody, response: ServerResponse): boolean => {
  switch (operation) {
    case 'UpdateTimeToLive':
      sendJson(response, { TimeToLiveSpecification: body['TimeToLiveSpecification'] });
      return true;
    case 'UpdateContinuousBackups':
    case 'DescribeContinuousBackups':
      sendJson(response, {
        ContinuousBackupsDescription: {
          ContinuousBackupsStatus: 'ENABLED',
          PointInTimeRecoveryDescription: { PointInTimeRecoveryStatus: 'DISABLED' },
        },
      });
      return true;
    default:
      return false;
  }
};

/** DynamoDB: dynalite in a worker thread. No transactions, no streams, no PartiQL. */
const startDynamoDb = (options: DynamoDbOptions): DynamoDbEmulator => {
  const { folder, accountId, region, log } = options;
  const worker = new Worker(new URL('./dynamodb-worker.ts', import.meta.url), {
    workerData: { folder },
    // dynalite reads its ARNs' parts from here.
    env: { AWS_ACCOUNT_ID: accountId, AWS_REGION: region, NODE_COMPILE_CACHE: codeCacheFolder },
  });
  const waiting = new Map<number, { resolve: (reply: Reply) => void; reject: (error: Error) => void }>();
  let lastId = 0;
  let ended: string | undefined;

  worker.on('message', (value: unknown) => {
    const reply = replySchema.parse(value);
    waiting.get(reply.id)?.resolve(reply);
    waiting.delete(reply.id);
  });
  worker.on('error', (error) => log(`dynamodb: its thread failed: ${error.message}`));
  worker.on('exit', () => {
    ended = 'the DynamoDB emulator has stopped: start the embedded cloud again';
    for (const { reject } of waiting.values()) reject(new AwsError('InternalServerError', ended, 500));
    waiting.clear();
  });

  const ask = (headers: Record<string, string>, body: string): Promise<Reply> => {
    if (ended !== undefined) throw new AwsError('InternalServerError', ended, 500);
    lastId += 1;
    const id = lastId;
    return new Promise((resolve, reject) => {
      waiting.set(id, { resolve, reject });
      worker.postMessage({ type: 'request', id, headers, body });
    });
  };

  /** A table is usable at once, so that nobody has to wait (the SDK's waiter sleeps for seconds). */
  const untilActive = async (headers: Record<string, string>, tableName: unknown): Promise<void> => {
    const describe = { ...headers, 'x-amz-target': 'DynamoDB_20120810.DescribeTable' };
    for (;;) {
      const { body } = await ask(describe, JSON.stringify({ TableName: tableName }));
      if (!body.includes('"TableStatus":"CREATING"')) return;
      await delay(ACTIVE_POLL_MS);
    }
  };

  return {
    serve: async ({ request, response, authorize }) => {
      const operation = operationOf(request);
      const body = parseJsonBody(await readBody(request));
      const tableArn = (name: string): string =>
        name.startsWith('arn:') ? name : `arn:aws:dynamodb:${region}:${accountId}:table/${name}`;
      for (const resource of resourcesOf(body, tableArn)) await authorize(`dynamodb:${operation}`, resource);
      if (answerWithoutDynalite(operation, body, response)) return;
      const headers: Record<string, string> = {};
      for (const name of ['x-amz-target', 'content-type', 'authorization', 'x-amz-date', 'host']) {
        const value = headerOf(request, name);
        if (value !== undefined) headers[name] = value;
      }
      const reply = await ask(headers, JSON.stringify(withoutUnknownSettings(operation, body)));
      if (operation === 'CreateTable' && reply.status === 200) await untilActive(headers, body['TableName']);
      response.writeHead(reply.status, reply.headers);
      response.end(reply.body);
    },
    refuse: refuseAsJson,
    stop: async () => {
      if (ended !== undefined) return;
      const exit = once(worker, 'exit');
      worker.postMessage({ type: 'stop' });
      await exit;
    },
  };
};

export type { DynamoDbEmulator };
export { startDynamoDb };
