import { parentPort, workerData } from 'node:worker_threads';
import type { FunctionError, InvokeMessage, WorkerAnswer, WorkerData } from './worker-messages.ts';

/**
 * Runs inside a worker thread: loads one function's bundle and calls its handler, one event at a time. It imports nothing of its own:
 * each function's first call waits for this file, and what it is sent comes from `function-worker.ts` in the same process.
 */

type Handler = (event: unknown, context: unknown) => unknown;
const isHandler = (value: unknown): value is Handler => typeof value === 'function';

const describeError = (error: unknown): FunctionError =>
  error instanceof Error
    ? { errorType: error.name, errorMessage: error.message, trace: error.stack?.split('\n') ?? [] }
    : { errorType: 'Error', errorMessage: String(error) };

const answer = (message: WorkerAnswer): void => parentPort?.postMessage(message);

const contextOf = (message: InvokeMessage) => ({
  awsRequestId: message.requestId,
  functionName: message.functionName,
  functionVersion: '$LATEST',
  invokedFunctionArn: message.functionArn,
  memoryLimitInMB: String(message.memoryMegabytes),
  logGroupName: message.logGroup,
  logStreamName: message.logStream,
  callbackWaitsForEmptyEventLoop: true,
  getRemainingTimeInMillis: () => Math.max(0, message.deadlineEpochMs - Date.now()),
});

const invoke = async (handler: Handler, message: InvokeMessage): Promise<void> => {
  const { requestId } = message;
  try {
    const result: unknown = await handler(JSON.parse(message.payload), contextOf(message));
    answer({ type: 'succeeded', requestId, payload: JSON.stringify(result ?? null) });
  } catch (error) {
    const described = describeError(error);
    console.error(JSON.stringify(described));
    answer({ type: 'failed', requestId, error: described });
  }
};

const { moduleUrl, exportName }: WorkerData = workerData;
try {
  const loaded: Readonly<Record<string, unknown>> = await import(moduleUrl);
  const handler = loaded[exportName];
  if (!isHandler(handler)) throw new Error(`${moduleUrl} exports no function ${exportName}`);
  parentPort?.on('message', (message: InvokeMessage) => {
    void invoke(handler, message);
  });
  answer({ type: 'ready' });
} catch (error) {
  const described = describeError(error);
  console.error(JSON.stringify(described));
  answer({ type: 'init-failed', error: described });
}
