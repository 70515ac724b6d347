import { createHash, randomUUID } from 'node:crypto';
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import * as z from 'zod';
import { type Report, reportSchema } from '../../lib/nodes/report.ts';

interface QueuedMessage {
  readonly body: string;
  visibleAt: number;
  receipt: string;
  receives: number;
}

type Refuse = { readonly status: number; readonly body: unknown };

/** Just enough of enrolment, SQS and S3 for the agent, with the faults that a test asks for. */
interface FakeCloud {
  readonly url: string;
  readonly nodeId: string;
  readonly objects: Map<string, Buffer>;
  readonly reports: Report[];
  readonly queue: QueuedMessage[];
  readonly enrolments: Record<string, unknown>[];
  readonly objectRequests: { key: string; range: string; bytesSent: number }[];
  readonly hides: { receipt: string; seconds: number }[];
  credentialCalls: number;
  credentialSeconds: number;
  /** Answers enrolment calls with this, when set. */
  refuse: Refuse | undefined;
  /** Bytes per second of each object response; undefined is at full speed. */
  bytesPerSecond: number | undefined;
  /** Cuts off this many object responses in the middle. */
  cutResponses: number;
  /** Object responses stop without ending when set. */
  stallAfterBytes: number | undefined;
  queueIsGone: boolean;
  reportsAreRefused: boolean;
  uploadsAreRefused: boolean;
  /** Uploads of more bytes than this are never answered, when set. */
  uploadsHangAboveBytes: number | undefined;
  /** Access keys that are answered with ExpiredToken. */
  readonly expiredKeys: Set<string>;
  send(command: object): void;
  results(): Extract<Report, { type: 'command-result' }>['result'][];
  close(): Promise<void>;
}

const sleep = (ms: number): Promise<void> => new Promise((resolve) => setTimeout(resolve, ms));

const readBody = async (request: IncomingMessage): Promise<Buffer> => {
  const chunks: Buffer[] = [];
  for await (const chunk of request) chunks.push(chunk);
  return Buffer.concat(chunks);
};

const sqsInput = z.looseObject({
  QueueUrl: z.string(),
  MessageBody: z.string().optional(),
  ReceiptHandle: z.string().optional(),
  VisibilityTimeout: z.number().optional(),
  WaitTimeSeconds: z.number().optional(),
  Entries: z.array(z.object({ Id: z.string(), MessageBody: z.string() })).optional(),
});

const json = (response: ServerResponse, status: number, body: unknown, type = 'application/json'): void => {
  response.writeHead(status, { 'content-type': type });
  response.end(JSON.stringify(body));
};

const awsError = (response: ServerResponse, status: number, name: string): void =>
  json(response, status, { __type: name, message: name }, 'application/x-amz-json-1.0');

const startFakeCloud = async (): Promise<FakeCloud> => {
  const nodeId = 'n-0123456789ab';
  let keys = 0;
  let closed = false;

  const credentials = () => {
    keys += 1;
    return {
      accessKeyId: `KEY${keys}`,
      secretAccessKey: 'very-secret-access',
      sessionToken: 'very-secret-session',
      expiresAt: new Date(Date.now() + cloud.credentialSeconds * 1000).toISOString(),
    };
  };

  const serveEnrolment = async (request: IncomingMessage, response: ServerResponse): Promise<void> => {
    const body = z.record(z.string(), z.unknown()).parse(JSON.parse((await readBody(request)).toString()));
    if (request.url === '/enroll') cloud.enrolments.push(body);
    else cloud.credentialCalls += 1;
    if (cloud.refuse !== undefined) return json(response, cloud.refuse.status, cloud.refuse.body);
    if (request.url === '/credentials') return json(response, 200, { credentials: credentials() });
    cloud.queueIsGone = false;
    json(response, 200, {
      nodeId,
      ...(body['nodeId'] === undefined ? { nodeSecret: 'very-secret-node' } : {}),
      region: 'eu-central-1',
      queueUrl: `https://sqs.eu-central-1.amazonaws.com/123456789012/drover-test-node-${nodeId}`,
      reportsQueueUrl: 'https://sqs.eu-central-1.amazonaws.com/123456789012/drover-test-reports',
      artifactBucket: 'artifacts-bucket',
      heartbeatIntervalSeconds: 30,
      credentials: credentials(),
    });
  };

  const receive = async (input: z.infer<typeof sqsInput>, response: ServerResponse): Promise<void> => {
    const until = Date.now() + (input.WaitTimeSeconds ?? 0) * 1000;
    while (!response.destroyed && !closed) {
      const now = Date.now();
      const visible = cloud.queue.filter((message) => message.visibleAt <= now).slice(0, 10);
      if (visible.length > 0 || now >= until) {
        for (const message of visible) {
          message.visibleAt = now + (input.VisibilityTimeout ?? 30) * 1000;
          message.receipt = randomUUID();
          message.receives += 1;
        }
        return json(response, 200, {
          Messages: visible.map(({ body, receipt }) => ({
            MessageId: randomUUID(),
            Body: body,
            MD5OfBody: createHash('md5').update(body).digest('hex'),
            ReceiptHandle: receipt,
          })),
        });
      }
      await sleep(10);
    }
  };

  const serveSqs = async (request: IncomingMessage, response: ServerResponse): Promise<void> => {
    const action = String(request.headers['x-amz-target']).split('.')[1];
    const input = sqsInput.parse(JSON.parse((await readBody(request)).toString()));
    const isReports = input.QueueUrl.endsWith('-reports');
    if (cloud.queueIsGone && !isReports) return awsError(response, 400, 'QueueDoesNotExist');
    const key = /Credential=([^/]+)/.exec(String(request.headers.authorization))?.[1] ?? '';
    if (cloud.expiredKeys.has(key)) return awsError(response, 403, 'ExpiredToken');
    if (action === 'ReceiveMessage') return await receive(input, response);
    if (action === 'SendMessage') {
      if (cloud.reportsAreRefused) return awsError(response, 503, 'ServiceUnavailable');
      const body = input.MessageBody ?? '';
      cloud.reports.push(reportSchema.parse(JSON.parse(body)));
      return json(response, 200, {
        MessageId: randomUUID(),
        MD5OfMessageBody: createHash('md5').update(body).digest('hex'),
      });
    }
    if (action === 'SendMessageBatch') {
      if (cloud.reportsAreRefused) return awsError(response, 503, 'ServiceUnavailable');
      const entries = input.Entries ?? [];
      cloud.reports.push(...entries.map(({ MessageBody }) => reportSchema.parse(JSON.parse(MessageBody))));
      return json(response, 200, {
        Successful: entries.map(({ Id, MessageBody }) => ({
          Id,
          MessageId: randomUUID(),
          MD5OfMessageBody: createHash('md5').update(MessageBody).digest('hex'),
        })),
        Failed: [],
      });
    }
    const index = cloud.queue.findIndex(({ receipt }) => receipt === input.ReceiptHandle);
    const message = cloud.queue[index];
    if (message !== undefined && action === 'DeleteMessage') cloud.queue.splice(index, 1);
    if (message !== undefined && action === 'ChangeMessageVisibility') {
      cloud.hides.push({ receipt: message.receipt, seconds: input.VisibilityTimeout ?? 0 });
      message.visibleAt = Date.now() + (input.VisibilityTimeout ?? 0) * 1000;
    }
    json(response, 200, {});
  };

  const sendSlowly = async (
    response: ServerResponse,
    body: Buffer,
    seen: { bytesSent: number },
  ): Promise<void> => {
    const cut = cloud.cutResponses > 0;
    if (cut) cloud.cutResponses -= 1;
    const step = cloud.bytesPerSecond === undefined ? 64 * 1024 : Math.ceil(cloud.bytesPerSecond / 50);
    for (let at = 0; at < body.length && !response.destroyed; at += step) {
      if (cut && at >= body.length / 2) return void response.destroy();
      if (cloud.stallAfterBytes !== undefined && at >= cloud.stallAfterBytes) return;
      const chunk = body.subarray(at, at + step);
      seen.bytesSent += chunk.length;
      if (!response.write(chunk)) {
        await Promise.race([new Promise((resolve) => response.once('drain', resolve)), sleep(1000)]);
      }
      if (cloud.bytesPerSecond !== undefined) await sleep(20);
    }
    response.end();
  };

  const serveObject = async (request: IncomingMessage, response: ServerResponse): Promise<void> => {
    const key = new URL(request.url ?? '/', 'http://x').pathname.split('/').slice(2).join('/');
    if (request.method === 'PUT') {
      const body = await readBody(request);
      if (cloud.uploadsAreRefused) {
        response.writeHead(403);
        return void response.end('<Error><Code>AccessDenied</Code><Message>no</Message></Error>');
      }
      if (body.length > (cloud.uploadsHangAboveBytes ?? Number.POSITIVE_INFINITY)) return;
      if (cloud.objects.has(key)) {
        response.writeHead(412);
        return void response.end('<Error><Code>PreconditionFailed</Code></Error>');
      }
      cloud.objects.set(key, body);
      response.writeHead(200);
      return void response.end();
    }
    const object = cloud.objects.get(key);
    if (object === undefined) {
      response.writeHead(404);
      return void response.end('<Error><Code>NoSuchKey</Code><Message>no such key</Message></Error>');
    }
    if (request.method === 'HEAD') {
      response.writeHead(200, {
        'content-length': object.length,
        'x-amz-checksum-sha256': createHash('sha256').update(object).digest('base64'),
      });
      return void response.end();
    }
    const [from = 0, to = object.length - 1] = (/bytes=(\d+)-(\d+)/.exec(request.headers.range ?? '') ?? [])
      .slice(1)
      .map(Number);
    const last = Math.min(to, object.length - 1);
    const seen = { key, range: request.headers.range ?? '', bytesSent: 0 };
    cloud.objectRequests.push(seen);
    response.writeHead(206, {
      'content-length': last - from + 1,
      'content-range': `bytes ${from}-${last}/${object.length}`,
    });
    await sendSlowly(response, object.subarray(from, last + 1), seen);
  };

  const server = createServer((request, response) => {
    const serve =
      request.url === '/enroll' || request.url === '/credentials'
        ? serveEnrolment
        : request.headers['x-amz-target'] === undefined
          ? serveObject
          : serveSqs;
    serve(request, response).catch(() => response.destroy());
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const address = server.address();
  const port = typeof address === 'object' && address !== null ? address.port : 0;

  const cloud: FakeCloud = {
    url: `http://127.0.0.1:${port}`,
    nodeId,
    objects: new Map(),
    reports: [],
    queue: [],
    enrolments: [],
    objectRequests: [],
    hides: [],
    credentialCalls: 0,
    credentialSeconds: 3600,
    refuse: undefined,
    bytesPerSecond: undefined,
    cutResponses: 0,
    stallAfterBytes: undefined,
    queueIsGone: false,
    reportsAreRefused: false,
    uploadsAreRefused: false,
    uploadsHangAboveBytes: undefined,
    expiredKeys: new Set(),
    send: (command) => {
      cloud.queue.push({ body: JSON.stringify(command), visibleAt: 0, receipt: '', receives: 0 });
    },
    results: () =>
      cloud.reports.flatMap((report) => (report.type === 'command-result' ? [report.result] : [])),
    close: async () => {
      closed = true;
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
    },
  };
  return cloud;
};

export type { FakeCloud };
export { startFakeCloud };
