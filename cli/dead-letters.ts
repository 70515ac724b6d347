import {
  GetQueueAttributesCommand,
  GetQueueUrlCommand,
  QueueDoesNotExist,
  type SQSClient,
} from '@aws-sdk/client-sqs';
import { deadLetterName, NODE_QUEUE_PART, type QUEUES, resourceName, TARGET_DLQ } from '../lib/constants.ts';
import { PermanentError } from '../lib/errors.ts';
import { UsageError } from './exit.ts';

/** A dead-letter queue of the stage, by the short name that people type. */
interface DeadLetterQueue {
  /** That of a queue, `node` or `targets`. */
  readonly name: string;
  readonly queueName: string;
  /** What lands there, in a few words. */
  readonly holds: string;
}

/** Of each queue of the stage. */
const HOLDS: Readonly<Record<(typeof QUEUES)[keyof typeof QUEUES], string>> = {
  ingest: 'events from outside that were refused',
  reports: 'reports of agents that were refused',
  distribution: 'events that could not start or advance a distribution',
  outcomes: 'events of how an attempt ended that could not be counted',
  ratings: 'ratings that could not be taken into a campaign',
  work: 'events after which free slots could not be looked for',
  sync: 'events whose data could not be brought where it is wanted',
};

const deadLetterQueues = (stage: string): DeadLetterQueue[] => [
  ...Object.entries(HOLDS).map(([name, holds]) => ({
    name,
    queueName: resourceName(stage, deadLetterName(name)),
    holds,
  })),
  {
    name: NODE_QUEUE_PART,
    queueName: resourceName(stage, deadLetterName(NODE_QUEUE_PART)),
    holds: 'commands that no agent finished',
  },
  {
    name: TARGET_DLQ.replace(/-dlq$/, ''),
    queueName: resourceName(stage, TARGET_DLQ),
    holds: 'events that a rule or schedule could not deliver',
  },
];

/** By short name, name with `-dlq`, or full name. @throws UsageError that lists the names */
const findDeadLetterQueue = (stage: string, name: string): DeadLetterQueue => {
  const queues = deadLetterQueues(stage);
  const found = queues.find((queue) => [queue.name, `${queue.name}-dlq`, queue.queueName].includes(name));
  if (found) return found;
  throw new UsageError(
    `there is no dead-letter queue "${name}": choose one of ${queues.map((queue) => queue.name).join(', ')}`,
  );
};

/** @throws PermanentError when there is no such queue */
const queueUrl = async (sqs: SQSClient, queueName: string): Promise<string> => {
  try {
    const { QueueUrl } = await sqs.send(new GetQueueUrlCommand({ QueueName: queueName }));
    if (QueueUrl) return QueueUrl;
  } catch (error) {
    if (!(error instanceof QueueDoesNotExist)) throw error;
    throw new PermanentError(`there is no queue ${queueName} in this account and region`, { cause: error });
  }
  throw new PermanentError(`SQS gave no URL for the queue ${queueName}`);
};

/** A depth is a number or *unknown* with the reason: an unreadable queue is never an empty one. */
type Depth =
  | { readonly depth: number; readonly inFlight: number }
  | { readonly depth: 'unknown'; readonly reason: string };

const queueDepth = async (sqs: SQSClient, queueName: string): Promise<Depth> => {
  try {
    const { Attributes = {} } = await sqs.send(
      new GetQueueAttributesCommand({
        QueueUrl: await queueUrl(sqs, queueName),
        AttributeNames: ['ApproximateNumberOfMessages', 'ApproximateNumberOfMessagesNotVisible'],
      }),
    );
    const visible = Attributes['ApproximateNumberOfMessages'];
    const inFlight = Attributes['ApproximateNumberOfMessagesNotVisible'];
    if (visible === undefined || inFlight === undefined)
      return { depth: 'unknown', reason: 'SQS answered without the counts' };
    return { depth: Number(visible), inFlight: Number(inFlight) };
  } catch (error) {
    return { depth: 'unknown', reason: error instanceof Error ? error.message : String(error) };
  }
};

interface DeadLetterDepth {
  readonly queue: string;
  readonly queueName: string;
  readonly holds: string;
  readonly depth: number | 'unknown';
  readonly inFlight?: number;
  readonly reason?: string;
}

const readDeadLetterDepths = (sqs: SQSClient, stage: string): Promise<DeadLetterDepth[]> =>
  Promise.all(
    deadLetterQueues(stage).map(async ({ name, queueName, holds }) => ({
      queue: name,
      queueName,
      holds,
      ...(await queueDepth(sqs, queueName)),
    })),
  );

export type { DeadLetterDepth, DeadLetterQueue };
export { deadLetterQueues, findDeadLetterQueue, queueUrl, readDeadLetterDepths };
