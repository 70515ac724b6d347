import {
  ChangeMessageVisibilityBatchCommand,
  type Message,
  ReceiveMessageCommand,
  type SQSClient,
} from '@aws-sdk/client-sqs';
import { TransientError } from '../lib/errors.ts';

/** A message in a dead-letter queue, and why it is there as far as anybody wrote that down. */
interface DeadLetter {
  readonly messageId: string;
  readonly receiptHandle: string;
  readonly body: string;
  readonly sentAt: string | undefined;
  readonly receiveCount: number | undefined;
  /** Who sent it here and when (epoch milliseconds), in SQS's own words. */
  readonly senderId: string | undefined;
  readonly sentTimestamp: string | undefined;
  readonly reason: string;
  readonly attributes: Readonly<Record<string, string>>;
}

/** Received too often: SQS moves the message without a word. */
const NO_REASON = 'no reason written: its consumer failed on it 5 times, see the logs of the function';

const reasonOf = (attributes: Readonly<Record<string, string>>): string =>
  attributes['reason'] ??
  (attributes['ERROR_CODE']
    ? `${attributes['ERROR_CODE']}: ${attributes['ERROR_MESSAGE'] ?? ''}`
    : NO_REASON);

const parseMessage = (message: Message): DeadLetter => {
  const { MessageId, ReceiptHandle, Body } = message;
  if (!MessageId || !ReceiptHandle || Body === undefined)
    throw new TransientError('SQS gave a message without id, receipt or body: try again');
  const attributes = Object.fromEntries(
    Object.entries(message.MessageAttributes ?? {}).map(([name, { StringValue }]) => [
      name,
      StringValue ?? '',
    ]),
  );
  const sent = Number(message.Attributes?.SentTimestamp);
  const receives = Number(message.Attributes?.ApproximateReceiveCount);
  return {
    messageId: MessageId,
    receiptHandle: ReceiptHandle,
    body: Body,
    sentAt: Number.isFinite(sent) ? new Date(sent).toISOString() : undefined,
    receiveCount: Number.isFinite(receives) ? receives : undefined,
    senderId: message.Attributes?.SenderId,
    sentTimestamp: message.Attributes?.SentTimestamp,
    reason: reasonOf(attributes),
    attributes,
  };
};

/** How long a message that we look at is hidden from others. */
const PEEK_VISIBILITY_SECONDS = 60;
/** A queue can answer "nothing" although there is something; this many times in a row is the end. */
const EMPTY_ANSWERS = 2;

/**
 * Receives up to `limit` messages that were not seen in this run. They stay in the queue, hidden for a minute; those that
 * came along but were not asked for any more are visible again at once.
 */
const receiveDeadLetters = async function* (
  sqs: SQSClient,
  url: string,
  limit: number,
): AsyncGenerator<DeadLetter> {
  const seen = new Set<string>();
  let emptyAnswers = 0;
  while (seen.size < limit && emptyAnswers < EMPTY_ANSWERS) {
    const { Messages = [] } = await sqs.send(
      new ReceiveMessageCommand({
        QueueUrl: url,
        MaxNumberOfMessages: Math.min(10, limit - seen.size),
        VisibilityTimeout: PEEK_VISIBILITY_SECONDS,
        WaitTimeSeconds: 1,
        MessageAttributeNames: ['All'],
        MessageSystemAttributeNames: ['All'],
      }),
    );
    const fresh = Messages.map(parseMessage).filter(({ messageId }) => !seen.has(messageId));
    emptyAnswers = fresh.length === 0 ? emptyAnswers + 1 : 0;
    const waiting = [...fresh];
    try {
      for (let letter = waiting.shift(); letter !== undefined; letter = waiting.shift()) {
        seen.add(letter.messageId);
        yield letter;
      }
    } finally {
      await putBack(sqs, url, waiting);
    }
  }
};

/** Makes messages visible again at once, so that looking at them takes them from nobody. */
const putBack = async (sqs: SQSClient, url: string, letters: readonly DeadLetter[]): Promise<void> => {
  for (let start = 0; start < letters.length; start += 10) {
    const batch = letters.slice(start, start + 10);
    await sqs.send(
      new ChangeMessageVisibilityBatchCommand({
        QueueUrl: url,
        Entries: batch.map(({ receiptHandle }, index) => ({
          Id: String(index),
          ReceiptHandle: receiptHandle,
          VisibilityTimeout: 0,
        })),
      }),
    );
  }
};

export type { DeadLetter };
export { putBack, receiveDeadLetters };
