import { InvokeCommand } from '@aws-sdk/client-lambda';
import { DeleteMessageCommand, type Message, ReceiveMessageCommand } from '@aws-sdk/client-sqs';
import * as z from 'zod';
import { FUNCTIONS, QUEUES, resourceName } from '../../../lib/constants.ts';
import { regionalArn } from '../../../local/arns.ts';
import { failedMessageIds, toSqsEvent } from '../../../local/lambda/sqs-event.ts';
import { LOCAL_STAGE } from '../../../local/synth.ts';
import { stageQueueUrl } from './node-caller.ts';
import type { Operator } from './operator.ts';

const CONSUMERS = [
  [QUEUES.ingest, FUNCTIONS.routeEvents],
  [QUEUES.reports, FUNCTIONS.recordReports],
  [QUEUES.distribution, FUNCTIONS.dispatchDistribution],
  [QUEUES.outcomes, FUNCTIONS.recordOutcomes],
  [QUEUES.work, FUNCTIONS.dispatchWork],
  [QUEUES.ratings, FUNCTIONS.recordRatings],
] as const;

const COPIES = 3;
const MAX_BATCH = 5;

interface Repeater {
  /** How many different messages have been handed out. */
  readonly messages: () => number;
  /** True when nothing is left to hand out, and the queues showed nothing at the last look. */
  readonly isIdle: () => boolean;
  /** Hands every message that ever was out once more, newest first. */
  replayAll(): Promise<void>;
  stop(): Promise<void>;
}

/** Numbers in [0, 1) that are the same for the same seed (mulberry32). */
const createRandom = (seed: number) => (): number => {
  seed = (seed + 0x6d2b79f5) | 0;
  let mixed = Math.imul(seed ^ (seed >>> 15), 1 | seed);
  mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
  return ((mixed ^ (mixed >>> 14)) >>> 0) / 4_294_967_296;
};

/** One queue's consumer: takes the messages, keeps three copies of each and hands them out in any order. */
const repeatQueue = (
  { clients }: Operator,
  queue: string,
  functionName: string,
  random: () => number,
  stop: AbortSignal,
) => {
  const QueueUrl = stageQueueUrl(queue);
  const queueArn = regionalArn('sqs', resourceName(LOCAL_STAGE, queue));
  const copies: Message[] = [];
  const all: Message[] = [];
  let sawNothing = false;

  const take = async (): Promise<void> => {
    const { Messages = [] } = await clients.sqs.send(
      new ReceiveMessageCommand({
        QueueUrl,
        MaxNumberOfMessages: 10,
        MessageSystemAttributeNames: ['All'],
        MessageAttributeNames: ['All'],
      }),
    );
    for (const message of Messages) {
      all.push(message);
      copies.push(...Array.from({ length: COPIES }, () => message));
      await clients.sqs.send(new DeleteMessageCommand({ QueueUrl, ReceiptHandle: message.ReceiptHandle }));
    }
    sawNothing = Messages.length === 0;
  };

  /** Copies that failed come back, as on SQS. */
  const handOut = async (batch: readonly Message[]): Promise<void> => {
    const { FunctionError, Payload } = await clients.lambda.send(
      new InvokeCommand({
        FunctionName: resourceName(LOCAL_STAGE, functionName),
        Payload: JSON.stringify(toSqsEvent(batch, queueArn)),
      }),
    );
    const failed =
      FunctionError === undefined
        ? failedMessageIds(z.string().parse(Payload?.transformToString()), batch)
        : new Set(batch.map(({ MessageId }) => MessageId));
    copies.push(...batch.filter(({ MessageId }) => failed.has(MessageId ?? '')));
  };

  const drawBatch = (): Message[] => {
    const size = Math.min(copies.length, 1 + Math.floor(random() * MAX_BATCH));
    return Array.from({ length: size }, () => copies.splice(Math.floor(random() * copies.length), 1)).flat();
  };

  let working = false;
  const run = async (): Promise<void> => {
    while (!stop.aborted) {
      working = true;
      await take();
      if (copies.length > 0) await handOut(drawBatch());
      working = false;
      await new Promise((resolve) => setTimeout(resolve, copies.length === 0 ? 100 : 5));
    }
  };

  return {
    done: run(),
    messages: () => all.length,
    isIdle: () => sawNothing && !working && copies.length === 0,
    replay: async () => {
      for (const message of all.toReversed()) await handOut([message]);
    },
  };
};

/**
 * Stands in for the event source mappings of a cloud that was booted without them: every message reaches its function
 * three times, late and in any order, with the sender that SQS proved.
 */
const repeatMessages = (operator: Operator, seed: number): Repeater => {
  const stopping = new AbortController();
  const random = createRandom(seed);
  const queues = CONSUMERS.map(([queue, functionName]) =>
    repeatQueue(operator, queue, functionName, random, stopping.signal),
  );
  return {
    messages: () => queues.reduce((sum, queue) => sum + queue.messages(), 0),
    isIdle: () => queues.every((queue) => queue.isIdle()),
    replayAll: async () => {
      for (const queue of queues) await queue.replay();
    },
    stop: async () => {
      stopping.abort();
      await Promise.all(queues.map(({ done }) => done));
    },
  };
};

export type { Repeater };
export { repeatMessages };
