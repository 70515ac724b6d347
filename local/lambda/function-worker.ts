import { createInterface } from 'node:readline';
import type { Readable } from 'node:stream';
import { Worker } from 'node:worker_threads';
import { codeCacheFolder } from '../build-cache.ts';
import {
  type FunctionError,
  type InvokeMessage,
  type WorkerAnswer,
  workerAnswerSchema,
} from './worker-messages.ts';

/** How long a bundle may take to load: Lambda's own limit. */
const INIT_LIMIT_MS = 10_000;

/** Small: these functions hold little, and several of them share this machine. */
const YOUNG_GENERATION_MEGABYTES = 8;

type InvocationResult =
  | { readonly outcome: 'succeeded'; readonly payload: string }
  /** `broken`: the worker is gone (crash, time-out, failed start); the next invocation needs a fresh one. */
  | { readonly outcome: 'failed'; readonly broken: boolean; readonly error: FunctionError };

interface FunctionWorker {
  /** One at a time. Always resolves: a crash or time-out is a failed invocation. */
  invoke(message: InvokeMessage, timeoutMs: number): Promise<InvocationResult>;
  stop(): Promise<void>;
}

interface WorkerSource {
  readonly moduleUrl: string;
  readonly exportName: string;
  /** The environment of the function: nothing of this process leaks in. */
  readonly environment: Readonly<Record<string, string>>;
  readonly onLine: (line: string) => void;
  /** A function that needs more crashes, as on Lambda. */
  readonly memoryMegabytes: number;
}

const readLines = (stream: Readable, onLine: (line: string) => void): void => {
  createInterface({ input: stream, crlfDelay: Number.POSITIVE_INFINITY }).on('line', onLine);
};

const broken = (errorType: string, errorMessage: string): InvocationResult => ({
  outcome: 'failed',
  broken: true,
  error: { errorType, errorMessage },
});

/** Starts a worker thread that runs one function's bundle. */
const startFunctionWorker = (source: WorkerSource): FunctionWorker => {
  const { moduleUrl, exportName, environment, onLine } = source;
  const worker = new Worker(new URL('./worker-entry.ts', import.meta.url), {
    // The one variable that Lambda does not have.
    env: { ...environment, NODE_COMPILE_CACHE: codeCacheFolder },
    execArgv: [],
    stdout: true,
    stderr: true,
    resourceLimits: {
      maxOldGenerationSizeMb: source.memoryMegabytes,
      maxYoungGenerationSizeMb: YOUNG_GENERATION_MEGABYTES,
    },
    workerData: { moduleUrl, exportName },
  });
  readLines(worker.stdout, onLine);
  readLines(worker.stderr, onLine);

  let end: InvocationResult | undefined;
  const listeners = new Set<(answer: WorkerAnswer | undefined) => void>();
  const tell = (answer: WorkerAnswer | undefined): void => {
    for (const listener of [...listeners]) listener(answer);
  };
  const finish = (result: InvocationResult): void => {
    end ??= result;
    tell(undefined);
  };
  worker.on('message', (message: unknown) => tell(workerAnswerSchema.parse(message)));
  worker.on('error', (error) => {
    onLine(`the function crashed: ${error.stack ?? error.message}`);
    finish(broken('Runtime.UnhandledError', error.message));
  });
  worker.on('exit', (code) =>
    finish(broken('Runtime.ExitError', `the function's process ended with code ${code}`)),
  );

  /** Waits for the answer that `pick` takes; the worker's end or the time limit end the wait too. */
  const waitFor = (
    limitMs: number,
    onLimit: () => InvocationResult,
    pick: (answer: WorkerAnswer) => InvocationResult | undefined,
  ): Promise<InvocationResult> =>
    new Promise((resolve) => {
      const settle = (result: InvocationResult): void => {
        clearTimeout(timer);
        listeners.delete(listener);
        resolve(result);
      };
      const listener = (answer: WorkerAnswer | undefined): void => {
        const result = answer === undefined ? end : pick(answer);
        if (result !== undefined) settle(result);
      };
      const timer = setTimeout(() => settle(onLimit()), limitMs);
      listeners.add(listener);
      if (end !== undefined) listener(undefined);
    });

  const timedOut = (seconds: number): InvocationResult => {
    onLine(`Task timed out after ${seconds.toFixed(2)} seconds`);
    finish(broken('Sandbox.Timedout', `Task timed out after ${seconds.toFixed(2)} seconds`));
    void worker.terminate();
    return broken('Sandbox.Timedout', `Task timed out after ${seconds.toFixed(2)} seconds`);
  };

  const started = waitFor(
    INIT_LIMIT_MS,
    () => timedOut(INIT_LIMIT_MS / 1000),
    (answer) => {
      if (answer.type === 'ready') return { outcome: 'succeeded', payload: 'null' };
      if (answer.type !== 'init-failed') return undefined;
      return { outcome: 'failed', broken: true, error: answer.error };
    },
  );

  return {
    invoke: async (message, timeoutMs) => {
      const start = await started;
      if (start.outcome === 'failed') return start;
      const result = waitFor(
        timeoutMs,
        () => timedOut(timeoutMs / 1000),
        (answer) => {
          if (answer.type === 'succeeded' && answer.requestId === message.requestId) {
            return { outcome: 'succeeded', payload: answer.payload };
          }
          if (answer.type === 'failed' && answer.requestId === message.requestId) {
            return { outcome: 'failed', broken: false, error: answer.error };
          }
          return undefined;
        },
      );
      worker.postMessage(message);
      return result;
    },
    stop: async () => {
      await worker.terminate();
    },
  };
};

export type { FunctionWorker, InvocationResult };
export { startFunctionWorker };
