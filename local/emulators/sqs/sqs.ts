import { once } from 'node:events';
import * as z from 'zod';
import { SqsError } from '../../../node_modules/fauxqs/dist/common/errors.js';
import { changeMessageVisibility } from '../../../node_modules/fauxqs/dist/sqs/actions/changeMessageVisibility.js';
import { changeMessageVisibilityBatch } from '../../../node_modules/fauxqs/dist/sqs/actions/changeMessageVisibilityBatch.js';
import { deleteMessage } from '../../../node_modules/fauxqs/dist/sqs/actions/deleteMessage.js';
import { deleteMessageBatch } from '../../../node_modules/fauxqs/dist/sqs/actions/deleteMessageBatch.js';
import { deleteQueue } from '../../../node_modules/fauxqs/dist/sqs/actions/deleteQueue.js';
import { getQueueAttributes } from '../../../node_modules/fauxqs/dist/sqs/actions/getQueueAttributes.js';
import { listQueues } from '../../../node_modules/fauxqs/dist/sqs/actions/listQueues.js';
import { listQueueTags } from '../../../node_modules/fauxqs/dist/sqs/actions/listQueueTags.js';
import { purgeQueue } from '../../../node_modules/fauxqs/dist/sqs/actions/purgeQueue.js';
import { sendMessage } from '../../../node_modules/fauxqs/dist/sqs/actions/sendMessage.js';
import { sendMessageBatch } from '../../../node_modules/fauxqs/dist/sqs/actions/sendMessageBatch.js';
import { setQueueAttributes } from '../../../node_modules/fauxqs/dist/sqs/actions/setQueueAttributes.js';
import { tagQueue } from '../../../node_modules/fauxqs/dist/sqs/actions/tagQueue.js';
import { untagQueue } from '../../../node_modules/fauxqs/dist/sqs/actions/untagQueue.js';
import type { SqsQueue, SqsStore } from '../../../node_modules/fauxqs/dist/sqs/sqsStore.js';
import type { Authorizer } from '../authorizer.ts';
import { AwsError } from '../aws-error.ts';
import { type JsonBody, operationOf, readJsonBody, refuseAsJson, sendJson } from '../json-protocol.ts';
import type { Service, ServiceCall } from '../service.ts';
import { createOrFindQueue } from './create-queue.ts';
import { putBack, receive } from './receive.ts';
import { SqsPersistence } from './sqs-persistence.ts';

interface SqsEmulator extends Service {
  /** Sends as AWS itself would, e.g. a rule's failed event to its dead-letter queue. @throws AwsError for an unknown queue. */
  sendTo(queueArn: string, body: string, attributes: Readonly<Record<string, string>>): void;
  stop(): void;
}

interface SqsOptions {
  readonly folder: string;
  readonly accountId: string;
  readonly region: string;
  readonly authorizer: Authorizer;
  /** `http://127.0.0.1:<port>`, known once the server listens. */
  readonly endpoint: () => string;
}

/** fauxqs' handlers of operations on one queue that answer at once. */
const QUEUE_OPERATIONS: Readonly<Record<string, (body: JsonBody, store: SqsStore) => unknown>> = {
  ChangeMessageVisibility: changeMessageVisibility,
  ChangeMessageVisibilityBatch: changeMessageVisibilityBatch,
  DeleteMessage: deleteMessage,
  DeleteMessageBatch: deleteMessageBatch,
  DeleteQueue: deleteQueue,
  GetQueueAttributes: getQueueAttributes,
  ListQueueTags: listQueueTags,
  PurgeQueue: purgeQueue,
  SendMessage: sendMessage,
  SendMessageBatch: sendMessageBatch,
  SetQueueAttributes: setQueueAttributes,
  TagQueue: tagQueue,
  UntagQueue: untagQueue,
};

/** Errors whose code was another one in SQS' query protocol. */
const QUERY_CODES: Readonly<Record<string, string>> = {
  BatchEntryIdsNotDistinct: 'AWS.SimpleQueueService.BatchEntryIdsNotDistinct',
  BatchRequestTooLong: 'AWS.SimpleQueueService.BatchRequestTooLong',
  EmptyBatchRequest: 'AWS.SimpleQueueService.EmptyBatchRequest',
  InvalidBatchEntryId: 'AWS.SimpleQueueService.InvalidBatchEntryId',
  MessageNotInflight: 'AWS.SimpleQueueService.MessageNotInflight',
  QueueDoesNotExist: 'AWS.SimpleQueueService.NonExistentQueue',
  QueueNameExists: 'QueueAlreadyExists',
  TooManyEntriesInBatchRequest: 'AWS.SimpleQueueService.TooManyEntriesInBatchRequest',
  UnsupportedOperation: 'AWS.SimpleQueueService.UnsupportedOperation',
};

const urlSchema = z.object({ QueueUrl: z.string() });
const nameSchema = z.object({ QueueName: z.string() });

const unknownQueue = (): AwsError =>
  new AwsError('QueueDoesNotExist', 'The specified queue does not exist.', 400);

const accessDenied = (action: string, queueUrl: string): AwsError =>
  new AwsError('AccessDenied', `${action} on ${queueUrl}: the queue belongs to another account`, 403);

/** Batch operations have the rights of the single ones. */
const actionOf = (operation: string): string => `sqs:${operation.replace(/Batch$/, '')}`;

/**
 * SQS: the store of fauxqs behind our own server. Queue URLs are `<endpoint>/<account>/<name>`; a request may name
 * any host in its QueueUrl. SenderId is the caller's. Standard queues, FIFO by fauxqs; no message move tasks.
 */
const startSqs = (options: SqsOptions): SqsEmulator => {
  const { accountId, region, endpoint } = options;
  const persistence = new SqsPersistence(options.folder);
  const store = persistence.open();
  const arnOf = (name: string): string => `arn:aws:sqs:${region}:${accountId}:${name}`;
  const urlOf = (name: string): string => `${endpoint()}/${accountId}/${name}`;

  const nameInUrl = (operation: string, queueUrl: string): string => {
    const [account, name] = queueUrl
      .replace(/^https?:\/\/[^/]+/, '')
      .split('/')
      .filter(Boolean);
    if (name === undefined) throw unknownQueue();
    if (account !== accountId) throw accessDenied(actionOf(operation), queueUrl);
    return name;
  };
  const queueOf = (name: string): SqsQueue => {
    const queue = store.getQueueByName(name);
    if (queue === undefined) throw unknownQueue();
    return queue;
  };
  /** The policy attribute of a queue is also its policy for the authorizer. */
  const applyPolicy = (queue: SqsQueue): void => {
    const policy = queue.attributes['Policy'];
    if (policy === undefined) return;
    options.authorizer.setResourcePolicy(queue.arn, policy === '' ? undefined : parsePolicy(policy));
  };
  for (const queue of store.allQueues()) applyPolicy(queue);

  const asSender = <T>(sender: string, send: () => T): T => {
    persistence.sender = sender;
    try {
      return send();
    } finally {
      persistence.sender = undefined;
    }
  };

  const answer = async ({ request, response, caller, authorize }: ServiceCall): Promise<void> => {
    const operation = operationOf(request);
    const body = await readJsonBody(request);

    if (operation === 'ListQueues') {
      await authorize('sqs:ListQueues', '*');
      const listed = listQueues(body, store);
      const urls = listed.QueueUrls?.map((url) => urlOf(url.slice(url.lastIndexOf('/') + 1)));
      return sendJson(response, { ...listed, QueueUrls: urls });
    }
    const named = nameSchema.safeParse(body);
    if (named.success && (operation === 'CreateQueue' || operation === 'GetQueueUrl')) {
      const name = named.data.QueueName;
      await authorize(`sqs:${operation}`, arnOf(name));
      if (operation === 'CreateQueue')
        applyPolicy(createOrFindQueue(store, name, arnOf(name), urlOf(name), body));
      else queueOf(name);
      return sendJson(response, { QueueUrl: urlOf(name) });
    }
    const addressed = urlSchema.safeParse(body);
    if (!addressed.success) throw new AwsError('MissingParameter', `${operation} needs a QueueUrl`);
    const name = nameInUrl(operation, addressed.data.QueueUrl);
    await authorize(actionOf(operation), arnOf(name));
    const queue = queueOf(name);
    // fauxqs takes a region in the host for part of the name: give it none.
    const local = { ...body, QueueUrl: `/${accountId}/${name}` };

    if (operation === 'ReceiveMessage') {
      const closed = new AbortController();
      response.once('close', () => closed.abort());
      const received = await receive(local, store, queue, persistence, closed.signal);
      if (received === undefined) return;
      sendJson(response, received);
      if (!response.writableFinished && !closed.signal.aborted) {
        await Promise.race([once(response, 'finish'), once(response, 'close')]);
      }
      if (!response.writableFinished) putBack(queue, received);
      return;
    }
    const handle = QUEUE_OPERATIONS[operation];
    if (handle === undefined) {
      throw new AwsError('UnsupportedOperation', `the SQS emulator does not know ${operation}`);
    }
    const result = asSender(caller.userId, () => handle(local, store));
    if (operation === 'SetQueueAttributes') applyPolicy(queue);
    if (operation === 'DeleteQueue') options.authorizer.setResourcePolicy(queue.arn, undefined);
    sendJson(response, result);
  };

  return {
    serve: async (call) => {
      try {
        await answer(call);
      } catch (error) {
        if (!(error instanceof SqsError)) throw error;
        throw new AwsError(error.code, error.message, error.statusCode, { cause: error });
      }
    },
    refuse: (response, error) => {
      // Clients take the name of the query protocol's days from this header, where there is one.
      response.setHeader('x-amzn-query-error', `${QUERY_CODES[error.code] ?? error.code};Sender`);
      refuseAsJson(response, error);
    },
    sendTo: (queueArn, body, attributes) => {
      const queue = queueOf(queueArn.slice(queueArn.lastIndexOf(':') + 1));
      const MessageAttributes = Object.fromEntries(
        Object.entries(attributes).map(([key, value]) => [key, { DataType: 'String', StringValue: value }]),
      );
      asSender(accountId, () =>
        sendMessage({ QueueUrl: `/${accountId}/${queue.name}`, MessageBody: body, MessageAttributes }, store),
      );
    },
    stop: () => {
      store.shutdown();
      persistence.close();
    },
  };
};

/** @throws AwsError `InvalidAttributeValue` unless the policy is JSON. */
const parsePolicy = (policy: string): unknown => {
  try {
    return JSON.parse(policy);
  } catch (cause) {
    throw new AwsError('InvalidAttributeValue', 'Invalid value for the parameter Policy.', 400, { cause });
  }
};

export type { SqsEmulator };
export { startSqs };
