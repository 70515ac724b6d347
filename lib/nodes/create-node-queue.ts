import {
  CreateQueueCommand,
  QueueDeletedRecently,
  QueueNameExists,
  SetQueueAttributesCommand,
  type SQSClient,
} from '@aws-sdk/client-sqs';
import { MAX_RECEIVE_COUNT } from '../constants.ts';
import { TransientError } from '../errors.ts';

/** Makes a node's own queue. */
interface NodeQueues {
  /**
   * Makes the queue, or sets it right when it is there.
   * @throws TransientError when SQS cannot do it now (also for 60 s after the queue was deleted)
   */
  ensure(nodeId: string): Promise<void>;
}

interface SqsNodeQueuesOptions {
  readonly client: Pick<SQSClient, 'send'>;
  /** `https://…/drover-<stage>-node-`; the nodeId follows. */
  readonly queueUrlPrefix: string;
  /** `arn:…:drover-<stage>-node-`; the nodeId follows. */
  readonly queueArnPrefix: string;
  readonly deadLetterQueueArn: string;
}

/** An agent extends a command's visibility while its bytes advance, so a silent one is offered again after this. */
const VISIBILITY_SECONDS = 120;
/** Commands have deadlines of hours; a node that was away for days starts from the ledger, not from old messages. */
const RETENTION_SECONDS = 4 * 24 * 3600;
/** SQS's own rule, in answer to a name that was in use just before. */
const NAME_REUSE_SECONDS = 60;

const attributesOf = (queueArn: string, deadLetterQueueArn: string): Record<string, string> => ({
  SqsManagedSseEnabled: 'true',
  VisibilityTimeout: String(VISIBILITY_SECONDS),
  MessageRetentionPeriod: String(RETENTION_SECONDS),
  ReceiveMessageWaitTimeSeconds: '20',
  RedrivePolicy: JSON.stringify({
    deadLetterTargetArn: deadLetterQueueArn,
    maxReceiveCount: MAX_RECEIVE_COUNT,
  }),
  Policy: JSON.stringify({
    Version: '2012-10-17',
    Statement: [
      {
        Sid: 'TlsOnly',
        Effect: 'Deny',
        Principal: '*',
        Action: 'sqs:*',
        Resource: queueArn,
        Condition: { Bool: { 'aws:SecureTransport': 'false' } },
      },
    ],
  }),
});

/** NodeQueues on SQS. */
const createSqsNodeQueues = (options: SqsNodeQueuesOptions): NodeQueues => {
  const { client, queueUrlPrefix, queueArnPrefix, deadLetterQueueArn } = options;
  return {
    ensure: async (nodeId) => {
      const queueUrl = `${queueUrlPrefix}${nodeId}`;
      const queueName = queueUrl.split('/').at(-1);
      const Attributes = attributesOf(`${queueArnPrefix}${nodeId}`, deadLetterQueueArn);
      try {
        await client.send(new CreateQueueCommand({ QueueName: queueName, Attributes }));
      } catch (cause) {
        if (cause instanceof QueueNameExists) {
          // There with other attributes: an older version of Drover made it.
          await client.send(new SetQueueAttributesCommand({ QueueUrl: queueUrl, Attributes }));
          return;
        }
        if (cause instanceof QueueDeletedRecently) {
          throw new TransientError(
            `the queue ${queueName} was deleted less than ${NAME_REUSE_SECONDS} s ago: try again then`,
            { cause, retryAfterSeconds: NAME_REUSE_SECONDS },
          );
        }
        throw new TransientError(`SQS did not make the queue ${queueName}`, { cause });
      }
    },
  };
};

export type { NodeQueues, SqsNodeQueuesOptions };
export { createSqsNodeQueues };
