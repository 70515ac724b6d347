import { randomUUID } from 'node:crypto';
import { setTimeout as delay } from 'node:timers/promises';
import { SendMessageCommand, type SQSClient } from '@aws-sdk/client-sqs';
import { queueUrl, resourceOfArn } from '../arns.ts';
import type { AsyncInvokeConfig } from '../resources/wiring.ts';
import type { FunctionRuntime } from './function-runtime.ts';
import type { InvocationResult } from './function-worker.ts';

/** Lambda repeats a failed asynchronous invocation twice: after one minute, then after two. */
const DEFAULT_RETRIES = 2;
const RETRY_DELAYS_SECONDS: readonly number[] = [60, 120];

interface AsyncInvoker {
  /** Accepts the event; resolves when the first try has ended. Repeats go on behind. */
  invoke(payload: unknown): Promise<void>;
  /** Ends the waits before repeats: what was not repeated yet is lost, as the memory of a queue on AWS is not. */
  stop(): Promise<void>;
}

interface AsyncInvokerOptions {
  readonly runtime: FunctionRuntime;
  readonly config: AsyncInvokeConfig | undefined;
  /** Calls as the function's role, which needs the right to send to the dead-letter queue. */
  readonly sqs: SQSClient;
  readonly retryDelaysSeconds?: readonly number[];
  readonly log: (line: string) => void;
}

type Failure = Extract<InvocationResult, { outcome: 'failed' }>;

/** Invokes a function as events do: the caller does not wait, failures are repeated, then dead-lettered. */
const createAsyncInvoker = ({
  runtime,
  config,
  sqs,
  retryDelaysSeconds = RETRY_DELAYS_SECONDS,
  log,
}: AsyncInvokerOptions): AsyncInvoker => {
  const stopping = new AbortController();
  const running = new Set<Promise<void>>();
  const { definition } = runtime;

  const send = (arn: string, body: unknown, attributes: Record<string, string>) =>
    sqs.send(
      new SendMessageCommand({
        QueueUrl: queueUrl(resourceOfArn(arn)),
        MessageBody: JSON.stringify(body),
        MessageAttributes: Object.fromEntries(
          Object.entries(attributes).map(([name, StringValue]) => [
            name,
            { DataType: 'String', StringValue },
          ]),
        ),
      }),
    );

  /** To the on-failure destination (with the whole record) or to the function's dead-letter queue (the bare event). */
  const giveUp = async (
    payload: unknown,
    requestId: string,
    tries: number,
    failure: Failure,
  ): Promise<void> => {
    log(`function ${definition.name} failed ${tries} tries of one event: ${failure.error.errorMessage}`);
    if (config?.onFailureArn !== undefined) {
      const record = {
        version: '1.0',
        timestamp: new Date().toISOString(),
        requestContext: {
          requestId,
          functionArn: `${definition.arn}:$LATEST`,
          condition: 'RetriesExhausted',
          approximateInvokeCount: tries,
        },
        requestPayload: payload,
        responseContext: { statusCode: 200, executedVersion: '$LATEST', functionError: 'Unhandled' },
        responsePayload: failure.error,
      };
      await send(config.onFailureArn, record, {});
    }
    if (definition.deadLetterArn !== undefined) {
      await send(definition.deadLetterArn, payload, {
        RequestID: requestId,
        ErrorCode: '200',
        ErrorMessage: failure.error.errorMessage.slice(0, 1024) || 'no message',
      });
    }
  };

  const repeat = async (payload: unknown, requestId: string, first: Failure): Promise<void> => {
    let failure = first;
    const retries = config?.maximumRetryAttempts ?? DEFAULT_RETRIES;
    for (let attempt = 0; attempt < retries; attempt += 1) {
      const seconds = retryDelaysSeconds[Math.min(attempt, retryDelaysSeconds.length - 1)] ?? 0;
      await delay(seconds * 1000, undefined, { signal: stopping.signal });
      const result = await runtime.invoke(payload);
      if (result.outcome === 'succeeded') return;
      failure = result;
    }
    await giveUp(payload, requestId, retries + 1, failure);
  };

  return {
    invoke: async (payload) => {
      const result = await runtime.invoke(payload);
      if (result.outcome === 'succeeded') return;
      const repeating = repeat(payload, randomUUID(), result)
        .catch((error: unknown) => {
          if (!stopping.signal.aborted)
            log(`function ${definition.name}: an event is lost: ${String(error)}`);
        })
        .finally(() => running.delete(repeating));
      running.add(repeating);
    },
    stop: async () => {
      stopping.abort();
      await Promise.all(running);
      sqs.destroy();
    },
  };
};

export type { AsyncInvoker };
export { createAsyncInvoker };
