import { GetQueueAttributesCommand, type SQSClient } from '@aws-sdk/client-sqs';
import * as z from 'zod';

const attributesSchema = z.object({
  Attributes: z.object({ ApproximateNumberOfMessages: z.string().regex(/^\d+$/).transform(Number) }),
});

/** Messages that nobody has received, as far as SQS knows: approximate within a minute. */
const countWaitingMessages = async (sqs: SQSClient, queueUrl: string): Promise<number> => {
  const answer = await sqs.send(
    new GetQueueAttributesCommand({ QueueUrl: queueUrl, AttributeNames: ['ApproximateNumberOfMessages'] }),
  );
  return attributesSchema.parse(answer).Attributes.ApproximateNumberOfMessages;
};

export { countWaitingMessages };
