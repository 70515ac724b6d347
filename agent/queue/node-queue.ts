import type { S3Client } from '@aws-sdk/client-s3';
import {
  ChangeMessageVisibilityCommand,
  DeleteMessageCommand,
  ReceiveMessageCommand,
  SendMessageBatchCommand,
  SendMessageCommand,
  type SQSClient,
} from '@aws-sdk/client-sqs';
import { TransientError } from '../../lib/errors.ts';
import type { Session } from '../identity/session.ts';

interface ReceivedMessage {
  readonly body: string;
  readonly receiptHandle: string;
}

/** This node's own queue, and the fleet's queue of reports. */
interface NodeQueue {
  /** Waits up to so many seconds, at most 20, for messages; empty when none came. */
  receive(waitSeconds: number, signal: AbortSignal): Promise<ReceivedMessage[]>;
  remove(receiptHandle: string): Promise<void>;
  /** Hides the message for so long from now; 0 gives it back at once. */
  hide(receiptHandle: string, seconds: number): Promise<void>;
  sendReport(body: string): Promise<void>;
  /** At most ten at once, of 256 KiB together. @returns those that were not taken */
  sendReports(bodies: readonly string[]): Promise<string[]>;
}

const LONG_POLL_SECONDS = 20;
/** How long a message stays hidden unless this agent says more. */
const VISIBILITY_SECONDS = 120;
const CALL_MS = 15_000;

const STALE_CREDENTIALS = new Set([
  'ExpiredToken',
  'ExpiredTokenException',
  'InvalidClientTokenId',
  'UnrecognizedClientException',
  'InvalidAccessKeyId',
  'InvalidSecurity',
]);

const isStale = (error: unknown): boolean => error instanceof Error && STALE_CREDENTIALS.has(error.name);
const isQueueGone = (error: unknown): boolean =>
  error instanceof Error &&
  (error.name === 'QueueDoesNotExist' || error.name === 'AWS.SimpleQueueService.NonExistentQueue');

/** Runs `call`, once more with fresh credentials when AWS says that they are stale. */
const withFreshCredentials = async <T>(
  session: Session,
  signal: AbortSignal,
  call: () => Promise<T>,
): Promise<T> => {
  const used = session.access;
  try {
    return await call();
  } catch (error) {
    if (!isStale(error)) throw error;
    // Another call may have renewed them while this one was on its way with the old ones.
    if (session.access === used) await session.renew(signal);
    return await call();
  }
};

const createNodeQueue = (session: Session, stop: AbortSignal): NodeQueue => {
  const call = async <T>(use: (sqs: SQSClient) => Promise<T>): Promise<T> =>
    await withFreshCredentials(session, stop, () => use(session.access.sqs));
  const brief = () => ({ abortSignal: AbortSignal.timeout(CALL_MS) });
  return {
    receive: async (waitSeconds, signal) => {
      const limit = AbortSignal.timeout((waitSeconds + 15) * 1000);
      try {
        const { Messages: messages = [] } = await call((sqs) =>
          sqs.send(
            new ReceiveMessageCommand({
              QueueUrl: session.access.place.queueUrl,
              MaxNumberOfMessages: 10,
              WaitTimeSeconds: waitSeconds,
              VisibilityTimeout: VISIBILITY_SECONDS,
            }),
            { abortSignal: AbortSignal.any([signal, limit]) },
          ),
        );
        return messages.flatMap(({ Body: body, ReceiptHandle: receiptHandle }) =>
          body === undefined || receiptHandle === undefined ? [] : [{ body, receiptHandle }],
        );
      } catch (error) {
        if (!isQueueGone(error)) throw error;
        // The control plane makes the queue again when a known node enrols.
        await session.enroll(stop);
        throw new TransientError('the queue of this node was gone; enrolled again', { cause: error });
      }
    },
    remove: async (receiptHandle) => {
      await call((sqs) =>
        sqs.send(
          new DeleteMessageCommand({ QueueUrl: session.access.place.queueUrl, ReceiptHandle: receiptHandle }),
          brief(),
        ),
      );
    },
    hide: async (receiptHandle, seconds) => {
      await call((sqs) =>
        sqs.send(
          new ChangeMessageVisibilityCommand({
            QueueUrl: session.access.place.queueUrl,
            ReceiptHandle: receiptHandle,
            VisibilityTimeout: seconds,
          }),
          brief(),
        ),
      );
    },
    sendReport: async (body) => {
      await call((sqs) =>
        sqs.send(
          new SendMessageCommand({ QueueUrl: session.access.place.reportsQueueUrl, MessageBody: body }),
          brief(),
        ),
      );
    },
    sendReports: async (bodies) => {
      const { Failed: failed = [] } = await call((sqs) =>
        sqs.send(
          new SendMessageBatchCommand({
            QueueUrl: session.access.place.reportsQueueUrl,
            Entries: bodies.map((MessageBody, index) => ({ Id: String(index), MessageBody })),
          }),
          brief(),
        ),
      );
      return failed.flatMap(({ Id }) => bodies[Number(Id)] ?? []);
    },
  };
};

/** The same for the object store. */
const createWithS3 =
  (session: Session, stop: AbortSignal) =>
  async <T>(call: (client: S3Client) => Promise<T>): Promise<T> =>
    await withFreshCredentials(session, stop, async () => await call(await session.access.s3()));

export type { NodeQueue, ReceivedMessage };
export { createNodeQueue, createWithS3, LONG_POLL_SECONDS, VISIBILITY_SECONDS };
