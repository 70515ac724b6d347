import { randomUUID } from 'node:crypto';
import { InvokeCommand, type LambdaClient } from '@aws-sdk/client-lambda';
import { GetQueueAttributesCommand, type SQSClient } from '@aws-sdk/client-sqs';
import * as z from 'zod';
import { FUNCTIONS, QUEUES, resourceName } from '../lib/constants.ts';
import { PermanentError, TransientError } from '../lib/errors.ts';
import type { DeadLetter } from './dead-letter-messages.ts';
import { queueUrl } from './dead-letters.ts';

const answerSchema = z.object({ batchItemFailures: z.array(z.unknown()).default([]) });

const queueArn = async (sqs: SQSClient, queueName: string): Promise<string> => {
  const { Attributes } = await sqs.send(
    new GetQueueAttributesCommand({
      QueueUrl: await queueUrl(sqs, queueName),
      AttributeNames: ['QueueArn'],
    }),
  );
  if (Attributes?.['QueueArn']) return Attributes['QueueArn'];
  throw new TransientError(`SQS gave no ARN for the queue ${queueName}: try again`);
};

type Report = Pick<DeadLetter, 'messageId' | 'body' | 'senderId' | 'sentTimestamp' | 'attributes'>;

/**
 * Who sent the report first, and when. SQS keeps both when it moves a message itself. What `record-reports` refused is a
 * copy that it sent, with what SQS had proved to it as attributes; those count only from that function (a node's session
 * name is its nodeId, so it cannot pass for it), because a node may put any attribute on its own messages.
 */
const firstSender = (
  { senderId, sentTimestamp, attributes }: Report,
  functionName: string,
): { senderId: string | undefined; sentTimestamp: string | undefined } =>
  senderId?.endsWith(`:${functionName}`)
    ? { senderId: attributes['senderId'], sentTimestamp: attributes['sentTimestamp'] }
    : { senderId, sentTimestamp };

/**
 * Hands a refused report to `record-reports` once more, as SQS would. It cannot go back through the queue: only nodes
 * may send there, and a copy of ours would have our SenderId. So the function is invoked with the sender that SQS
 * proved at first; who may invoke it is decided by IAM, and the caller is audited.
 * @throws PermanentError when the sender is not known any more
 * @throws TransientError when the function failed on it: the message stays
 */
const redriveReport = async (
  clients: { readonly lambda: LambdaClient; readonly sqs: SQSClient },
  stage: string,
  letter: Report,
): Promise<string> => {
  const { messageId, body } = letter;
  const functionName = resourceName(stage, FUNCTIONS.recordReports);
  const { senderId, sentTimestamp } = firstSender(letter, functionName);
  if (senderId === undefined || sentTimestamp === undefined) {
    throw new PermanentError(
      'nobody wrote down who sent this report, so it cannot be handled as that node’s: the agent reports again by itself',
    );
  }
  const record = {
    messageId,
    receiptHandle: `redrive-${randomUUID()}`,
    body,
    attributes: {
      SenderId: senderId,
      SentTimestamp: sentTimestamp,
      ApproximateReceiveCount: '1',
      ApproximateFirstReceiveTimestamp: sentTimestamp,
    },
    messageAttributes: {},
    md5OfBody: '',
    eventSource: 'aws:sqs',
    eventSourceARN: await queueArn(clients.sqs, resourceName(stage, QUEUES.reports)),
    awsRegion: '',
  };
  const { FunctionError, Payload } = await clients.lambda.send(
    new InvokeCommand({ FunctionName: functionName, Payload: JSON.stringify({ Records: [record] }) }),
  );
  const text = Payload?.transformToString() ?? '';
  const answer = FunctionError === undefined ? answerSchema.safeParse(JSON.parse(text)) : undefined;
  if (answer?.success && answer.data.batchItemFailures.length === 0) return functionName;
  throw new TransientError(
    `${functionName} failed on the report; it stays in the dead-letter queue, and the function's log says why`,
  );
};

export { redriveReport };
