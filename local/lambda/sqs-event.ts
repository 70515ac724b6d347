import type { Message } from '@aws-sdk/client-sqs';
import * as z from 'zod';
import { REGION } from '../arns.ts';

/** The event that Lambda makes of a batch of messages. */
const toSqsEvent = (messages: readonly Message[], queueArn: string) => ({
  Records: messages.map((message) => ({
    messageId: message.MessageId,
    receiptHandle: message.ReceiptHandle,
    body: message.Body,
    attributes: message.Attributes ?? {},
    messageAttributes: Object.fromEntries(
      Object.entries(message.MessageAttributes ?? {}).map(([name, attribute]) => [
        name,
        {
          ...(attribute.StringValue !== undefined && { stringValue: attribute.StringValue }),
          ...(attribute.BinaryValue !== undefined && {
            binaryValue: Buffer.from(attribute.BinaryValue).toString('base64'),
          }),
          stringListValues: [],
          binaryListValues: [],
          dataType: attribute.DataType,
        },
      ]),
    ),
    md5OfBody: message.MD5OfBody,
    eventSource: 'aws:sqs',
    eventSourceARN: queueArn,
    awsRegion: REGION,
  })),
});

const partialResponseSchema = z.object({
  batchItemFailures: z
    .array(z.object({ itemIdentifier: z.string().min(1) }))
    .nullish()
    .transform((failures) => failures ?? []),
});

/**
 * Which of the batch's messages the function answered as failed. As on Lambda, nothing (or an empty list) means that
 * all succeeded, and an answer that cannot be understood, or names a message that is not in the batch, means that all
 * failed.
 */
const failedMessageIds = (payload: string, messages: readonly Message[]): ReadonlySet<string> => {
  const answer: unknown = JSON.parse(payload);
  if (answer === null || answer === '') return new Set();
  const all = new Set(messages.map(({ MessageId }) => MessageId ?? ''));
  const parsed = partialResponseSchema.safeParse(answer);
  if (!parsed.success) return all;
  const failed = parsed.data.batchItemFailures.map(({ itemIdentifier }) => itemIdentifier);
  return failed.every((id) => all.has(id)) ? new Set(failed) : all;
};

export { failedMessageIds, toSqsEvent };
