import { DeleteMessageCommand, SendMessageCommand } from '@aws-sdk/client-sqs';
import * as z from 'zod';
import { NODE_QUEUE_PART, nodeQueueName, QUEUES, resourceName } from '../lib/constants.ts';
import { PermanentError } from '../lib/errors.ts';
import { nodeIdSchema } from '../lib/ids.ts';
import type { Clients } from './clients.ts';
import type { DeadLetter } from './dead-letter-messages.ts';
import { type DeadLetterQueue, queueUrl } from './dead-letters.ts';
import { redriveReport } from './redrive-report.ts';

const commandTargetSchema = z.looseObject({ nodeId: nodeIdSchema });

const parseBody = (body: string): unknown => {
  try {
    return JSON.parse(body);
  } catch {
    return undefined;
  }
};

/** The queue's name in an SQS ARN: `arn:aws:sqs:us-east-1:123456789012:drover-prod-ingest`. */
const queueOfArn = (arn: string | undefined): string | undefined => {
  const [, , service, , , name] = arn?.split(':') ?? [];
  return service === 'sqs' ? name : undefined;
};

/**
 * The queue that a message came from, where a redrive puts it.
 * @throws PermanentError when it cannot go back; the message says why
 */
const sourceQueueOf = (
  stage: string,
  queue: DeadLetterQueue,
  letter: Pick<DeadLetter, 'body' | 'attributes'>,
): string => {
  switch (queue.name) {
    case QUEUES.ingest:
    case QUEUES.distribution:
    case QUEUES.outcomes:
    case QUEUES.ratings:
    case QUEUES.sync:
    case QUEUES.work:
      return resourceName(stage, queue.name);
    case NODE_QUEUE_PART: {
      const command = commandTargetSchema.safeParse(parseBody(letter.body));
      if (command.success) return nodeQueueName(stage, command.data.nodeId);
      throw new PermanentError('this is no command: it names no node, so there is no queue to send it to');
    }
    default: {
      const name = queueOfArn(letter.attributes['TARGET_ARN']);
      if (name !== undefined) return name;
      throw new PermanentError(
        `its target (${letter.attributes['TARGET_ARN'] ?? 'not written down'}) is no queue: a schedule fires again by itself, and a logged event is not sent twice`,
      );
    }
  }
};

interface Redriven {
  /** The queue, or the function for a report. */
  readonly sentTo: string;
  readonly newMessageId?: string | undefined;
}

const sendBack = async (
  clients: Pick<Clients, 'sqs' | 'lambda'>,
  stage: string,
  queue: DeadLetterQueue,
  letter: DeadLetter,
): Promise<Redriven> => {
  if (queue.name === QUEUES.reports) return { sentTo: await redriveReport(clients, stage, letter) };
  const sentTo = sourceQueueOf(stage, queue, letter);
  const { MessageId } = await clients.sqs.send(
    new SendMessageCommand({ QueueUrl: await queueUrl(clients.sqs, sentTo), MessageBody: letter.body }),
  );
  return { sentTo, newMessageId: MessageId };
};

/**
 * Gives one message to its consumer again, and deletes it after that: a crash between the two leaves it in both, never
 * in none, and every consumer takes a repeat. The attributes that tell why it was refused stay behind.
 */
const redriveMessage = async (
  clients: Pick<Clients, 'sqs' | 'lambda'>,
  stage: string,
  queue: DeadLetterQueue,
  deadLetterUrl: string,
  letter: DeadLetter,
  body: string | undefined,
): Promise<Redriven> => {
  const redriven = await sendBack(clients, stage, queue, { ...letter, body: body ?? letter.body });
  await clients.sqs.send(
    new DeleteMessageCommand({ QueueUrl: deadLetterUrl, ReceiptHandle: letter.receiptHandle }),
  );
  return redriven;
};

export { redriveMessage, sourceQueueOf };
