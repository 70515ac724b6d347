import { setTimeout as delay } from 'node:timers/promises';
import {
  ChangeMessageVisibilityBatchCommand,
  DeleteMessageBatchCommand,
  type Message,
  ReceiveMessageCommand,
  type SQSClient,
} from '@aws-sdk/client-sqs';
import { queueUrl, resourceOfArn } from '../arns.ts';
import type { EventSource } from '../resources/wiring.ts';
import type { FunctionRuntime } from './function-runtime.ts';
import { failedMessageIds, toSqsEvent } from './sqs-event.ts';

/** SQS hands out at most this many at once. */
const MAX_RECEIVE = 10;
const LONG_POLL_SECONDS = 20;
/** After a poll that failed. */
const PAUSE_MS = 1000;
/** Pollers of one mapping: Lambda starts with five, a small machine needs fewer. */
const MAX_POLLERS = 2;

interface EventSourceOptions {
  readonly source: EventSource;
  readonly runtime: FunctionRuntime;
  /** Calls as the function's role: a right that the role lacks fails here as on AWS. */
  readonly sqs: SQSClient;
  readonly log: (line: string) => void;
}

interface RunningEventSource {
  /** Ends polling; what was received and not handled becomes visible again. */
  stop(): Promise<void>;
}

/** Polls a queue and invokes the function, as Lambda's event source mapping does. */
const runEventSource = ({ source, runtime, sqs, log }: EventSourceOptions): RunningEventSource => {
  const QueueUrl = queueUrl(resourceOfArn(source.queueArn));
  const stopping = new AbortController();
  const { signal } = stopping;

  const receive = async (count: number, waitSeconds: number): Promise<Message[]> => {
    const answer = await sqs.send(
      new ReceiveMessageCommand({
        QueueUrl,
        MaxNumberOfMessages: Math.min(count, MAX_RECEIVE),
        WaitTimeSeconds: waitSeconds,
        MessageSystemAttributeNames: ['All'],
        MessageAttributeNames: ['All'],
      }),
      { abortSignal: signal },
    );
    return answer.Messages ?? [];
  };

  /** One batch: the first messages at once, more until the window ends or the batch is full. */
  const gather = async (): Promise<Message[]> => {
    const batch = await receive(source.batchSize, LONG_POLL_SECONDS);
    const windowEnds = Date.now() + source.batchingWindowSeconds * 1000;
    while (batch.length > 0 && batch.length < source.batchSize && !signal.aborted) {
      const secondsLeft = Math.floor((windowEnds - Date.now()) / 1000);
      if (secondsLeft < 1) break;
      batch.push(
        ...(await receive(source.batchSize - batch.length, Math.min(secondsLeft, LONG_POLL_SECONDS))),
      );
    }
    return batch;
  };

  const entriesOf = (messages: readonly Message[]) =>
    messages.map(({ ReceiptHandle }, index) => ({ Id: String(index), ReceiptHandle }));

  const inTens = async (messages: readonly Message[], act: (ten: readonly Message[]) => Promise<unknown>) => {
    for (let start = 0; start < messages.length; start += MAX_RECEIVE) {
      await act(messages.slice(start, start + MAX_RECEIVE));
    }
  };

  /** Failed messages stay in the queue and come back after its visibility time-out; SQS itself redrives them. */
  const handle = async (batch: readonly Message[]): Promise<void> => {
    const result = await runtime.invoke(toSqsEvent(batch, source.queueArn));
    if (result.outcome === 'failed') return;
    const failed = source.reportsItemFailures ? failedMessageIds(result.payload, batch) : new Set<string>();
    const done = batch.filter(({ MessageId }) => !failed.has(MessageId ?? ''));
    await inTens(done, (ten) =>
      sqs.send(new DeleteMessageBatchCommand({ QueueUrl, Entries: entriesOf(ten) })),
    );
  };

  const release = async (batch: readonly Message[]): Promise<void> => {
    await inTens(batch, (ten) =>
      sqs.send(
        new ChangeMessageVisibilityBatchCommand({
          QueueUrl,
          Entries: entriesOf(ten).map((entry) => ({ ...entry, VisibilityTimeout: 0 })),
        }),
      ),
    );
  };

  let lastProblem = '';
  const poll = async (): Promise<void> => {
    while (!signal.aborted) {
      try {
        const batch = await gather();
        if (batch.length === 0) continue;
        if (signal.aborted) await release(batch);
        else await handle(batch);
        lastProblem = '';
      } catch (error) {
        if (signal.aborted) return;
        const problem = error instanceof Error ? `${error.name}: ${error.message}` : String(error);
        if (problem !== lastProblem)
          log(`event source ${source.logicalId} cannot poll its queue: ${problem}`);
        lastProblem = problem;
        await delay(PAUSE_MS, undefined, { signal }).catch(() => undefined);
      }
    }
  };

  const pollers = Array.from({ length: Math.min(source.maximumConcurrency ?? 1, MAX_POLLERS) }, poll);
  return {
    stop: async () => {
      stopping.abort();
      await Promise.all(pollers);
      sqs.destroy();
    },
  };
};

export type { RunningEventSource };
export { runEventSource };
