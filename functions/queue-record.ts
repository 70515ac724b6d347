import * as z from 'zod';
import { PermanentError } from '../lib/errors.ts';

const epochMilliseconds = z
  .string()
  .regex(/^\d+$/)
  .transform((value) => new Date(Number(value)));

/** One record of an SQS event, as much of it as Drover reads. */
const queueRecordSchema = z
  .object({
    messageId: z.string(),
    body: z.string(),
    eventSourceARN: z.string(),
    attributes: z.object({
      SenderId: z.string(),
      SentTimestamp: epochMilliseconds,
      ApproximateReceiveCount: z.coerce.number().int(),
    }),
  })
  .transform(({ messageId, body, eventSourceARN, attributes }) => ({
    messageId,
    body,
    queueArn: eventSourceARN,
    /** Proven by SQS, never by the body. */
    senderId: attributes.SenderId,
    /** SQS's clock: the age of a message is measured from here. */
    sentAt: attributes.SentTimestamp,
    receiveCount: attributes.ApproximateReceiveCount,
  }));
type QueueRecord = z.infer<typeof queueRecordSchema>;

/**
 * The body as JSON.
 * @throws PermanentError when it is none
 */
const parseJsonBody = (body: string): unknown => {
  try {
    return JSON.parse(body);
  } catch (cause) {
    throw new PermanentError('the message body is not JSON: send one JSON document per message', { cause });
  }
};

export type { QueueRecord };
export { parseJsonBody, queueRecordSchema };
