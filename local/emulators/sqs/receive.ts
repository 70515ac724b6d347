import * as z from 'zod';
import { receiveMessage } from '../../../node_modules/fauxqs/dist/sqs/actions/receiveMessage.js';
import type { SqsQueue, SqsStore } from '../../../node_modules/fauxqs/dist/sqs/sqsStore.js';
import type { JsonBody } from '../json-protocol.ts';
import type { SqsPersistence } from './sqs-persistence.ts';

const waitSchema = z.object({
  WaitTimeSeconds: z.number().min(0).max(20).optional(),
  AttributeNames: z.array(z.string()).default([]),
  MessageSystemAttributeNames: z.array(z.string()).default([]),
});

type Received = Awaited<ReturnType<typeof receiveMessage>>;

/** Makes received messages visible again as if nobody had received them. */
const putBack = (queue: SqsQueue, received: Received): void => {
  for (const { ReceiptHandle } of received.Messages ?? []) {
    const entry = ReceiptHandle === undefined ? undefined : queue.inflightMessages.get(ReceiptHandle);
    if (entry === undefined || ReceiptHandle === undefined) continue;
    entry.message.approximateReceiveCount -= 1;
    queue.changeVisibility(ReceiptHandle, 0);
  }
};

const addSenders = (queue: SqsQueue, received: Received, persistence: SqsPersistence): void => {
  for (const message of received.Messages ?? []) {
    const entry = message.ReceiptHandle && queue.inflightMessages.get(message.ReceiptHandle);
    const sender = entry ? persistence.senderOf(entry.message) : undefined;
    if (message.Attributes !== undefined && sender !== undefined) message.Attributes.SenderId = sender;
  }
};

/**
 * ReceiveMessage with a long poll that ends with the caller's connection: nothing is taken for a caller who is gone,
 * and when several wait, those who come away empty wait on.
 * @returns undefined when the caller has gone.
 */
const receive = async (
  body: JsonBody,
  store: SqsStore,
  queue: SqsQueue,
  persistence: SqsPersistence,
  gone: AbortSignal,
): Promise<Received | undefined> => {
  const parsed = waitSchema.safeParse(body);
  const queueDefault = Number(queue.getAttribute('ReceiveMessageWaitTimeSeconds') ?? 0);
  const waitSeconds = parsed.success ? (parsed.data.WaitTimeSeconds ?? queueDefault) : queueDefault;
  const deadline = performance.now() + waitSeconds * 1000;
  // Bad arguments go on as they are: fauxqs refuses them as AWS does.
  const attempt = (): Promise<Received> =>
    receiveMessage(parsed.success ? { ...body, WaitTimeSeconds: 0 } : body, store);

  const disconnected = new Promise<void>((resolve) => {
    gone.addEventListener('abort', () => resolve(), { once: true });
  });
  while (!gone.aborted) {
    const received = await attempt();
    const remainingSeconds = (deadline - performance.now()) / 1000;
    if (gone.aborted) {
      putBack(queue, received);
      return undefined;
    }
    if ((received.Messages ?? []).length > 0 || remainingSeconds <= 0) {
      addSenders(queue, received, persistence);
      return received;
    }
    await Promise.race([queue.waitForMessages(remainingSeconds), disconnected]);
    if (store.getQueueByName(queue.name) !== queue) return {};
  }
  return undefined;
};

export { putBack, receive };
