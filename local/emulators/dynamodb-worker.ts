/**
 * dynalite in a thread of its own. It rethrows internal errors out of its callbacks, which would end the whole
 * process: here such an error only fails the request it belongs to, or all that are open when that is not known.
 */
import { AsyncLocalStorage } from 'node:async_hooks';
import type { OutgoingHttpHeaders } from 'node:http';
import { Readable } from 'node:stream';
import { parentPort, workerData } from 'node:worker_threads';
import dynalite from 'dynalite';
import * as z from 'zod';

const optionsSchema = z.object({ folder: z.string().optional() });
const messageSchema = z.discriminatedUnion('type', [
  z.object({
    type: z.literal('request'),
    id: z.number(),
    headers: z.record(z.string(), z.string()),
    body: z.string(),
  }),
  z.object({ type: z.literal('stop') }),
]);

interface DynamoReply {
  readonly id: number;
  readonly status: number;
  readonly headers: OutgoingHttpHeaders;
  readonly body: string;
}

if (parentPort === null) throw new Error('dynamodb-worker.ts runs as a worker thread only');
const port = parentPort;

const { folder } = optionsSchema.parse(workerData);
const server = dynalite({
  ...(folder === undefined ? {} : { path: folder }),
  createTableMs: 0,
  updateTableMs: 0,
  deleteTableMs: 0,
});

const open = new Set<number>();
const currentRequest = new AsyncLocalStorage<number>();

const reply = (message: DynamoReply): void => {
  if (open.delete(message.id)) port.postMessage(message);
};

const fail = (id: number, error: unknown): void =>
  reply({
    id,
    status: 500,
    headers: { 'content-type': 'application/x-amz-json-1.0' },
    body: JSON.stringify({ __type: 'com.amazonaws.dynamodb#InternalServerError', message: String(error) }),
  });

process.on('uncaughtException', (error) => {
  const id = currentRequest.getStore();
  for (const failed of id === undefined ? [...open] : [id]) fail(failed, error);
});

/** The part of a ServerResponse that dynalite uses. */
const createResponse = (id: number) => {
  const headers: OutgoingHttpHeaders = {};
  return {
    statusCode: 200,
    contentType: undefined,
    setHeader: (name: string, value: string | number) => {
      headers[name] = value;
    },
    end(body = '') {
      reply({ id, status: this.statusCode, headers, body });
    },
  };
};

port.on('message', (value: unknown) => {
  const message = messageSchema.parse(value);
  if (message.type === 'stop') {
    // dynalite closes its store only together with a listening server.
    server.listen(0, '127.0.0.1', () => server.close(() => process.exit(0)));
    return;
  }
  const { id, headers, body } = message;
  open.add(id);
  const request = Object.assign(Readable.from([Buffer.from(body)]), { method: 'POST', url: '/', headers });
  currentRequest.run(id, () => server.emit('request', request, createResponse(id)));
});
