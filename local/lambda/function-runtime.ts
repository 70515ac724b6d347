import { randomUUID } from 'node:crypto';
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { REGION } from '../arns.ts';
import { CloudError } from '../cloud-error.ts';
import type { FunctionDefinition } from '../resources/wiring.ts';
import { type FunctionWorker, type InvocationResult, startFunctionWorker } from './function-worker.ts';

/** Workers per function: enough to see concurrency, few enough for two cores. */
const MAX_WORKERS = 4;

interface Credentials {
  readonly accessKeyId: string;
  readonly secretAccessKey: string;
  readonly sessionToken: string;
}

interface RuntimeOptions {
  readonly endpoint: string;
  /** Of the function's role. */
  readonly credentials: Credentials;
  /** What the embedded cloud adds to the template's environment. */
  readonly environment?: Readonly<Record<string, string>>;
  readonly appendLog: (group: string, stream: string, timestampMs: number, line: string) => void;
}

interface FunctionRuntime {
  readonly definition: FunctionDefinition;
  /**
   * Runs the handler with a payload that JSON can hold. Waits while all workers are busy.
   * @throws CloudError once the cloud is stopping.
   */
  invoke(payload: unknown): Promise<InvocationResult>;
  stop(): Promise<void>;
}

/** The file that a handler such as `index.handler` names, as Lambda looks for it. */
const moduleOf = ({
  name,
  codeFolder,
  handler,
}: FunctionDefinition): { moduleUrl: string; exportName: string } => {
  const dot = handler.lastIndexOf('.');
  const stem = handler.slice(0, dot);
  const file = ['.mjs', '.js', '.cjs']
    .map((extension) => join(codeFolder, `${stem}${extension}`))
    .find((candidate) => existsSync(candidate));
  if (file === undefined) {
    throw new CloudError(
      `function ${name}: ${codeFolder} holds no ${stem}.mjs or ${stem}.js: synthesize again`,
    );
  }
  return { moduleUrl: pathToFileURL(file).href, exportName: handler.slice(dot + 1) };
};

/** What Lambda adds to the environment that the template gives. */
const lambdaEnvironment = (definition: FunctionDefinition, { endpoint, credentials }: RuntimeOptions) => ({
  AWS_REGION: REGION,
  AWS_DEFAULT_REGION: REGION,
  AWS_LAMBDA_FUNCTION_NAME: definition.name,
  AWS_LAMBDA_FUNCTION_VERSION: '$LATEST',
  AWS_LAMBDA_FUNCTION_MEMORY_SIZE: String(definition.memoryMegabytes),
  AWS_LAMBDA_LOG_GROUP_NAME: definition.logGroup,
  AWS_LAMBDA_INITIALIZATION_TYPE: 'on-demand',
  AWS_ENDPOINT_URL: endpoint,
  AWS_ACCESS_KEY_ID: credentials.accessKeyId,
  AWS_SECRET_ACCESS_KEY: credentials.secretAccessKey,
  AWS_SESSION_TOKEN: credentials.sessionToken,
  LAMBDA_TASK_ROOT: definition.codeFolder,
  _HANDLER: definition.handler,
  TZ: ':UTC',
});

/**
 * Runs one function in worker threads, started when they are needed and kept for the next invocation. A worker
 * that crashed or ran out of time is replaced.
 */
const createFunctionRuntime = (definition: FunctionDefinition, options: RuntimeOptions): FunctionRuntime => {
  const { moduleUrl, exportName } = moduleOf(definition);
  const environment = {
    ...definition.environment,
    ...options.environment,
    ...lambdaEnvironment(definition, options),
  };
  const idle: FunctionWorker[] = [];
  const all = new Set<FunctionWorker>();
  const waiting: (() => void)[] = [];
  let stopped = false;
  const logStream = (): string =>
    `${new Date().toISOString().slice(0, 10).replaceAll('-', '/')}/[$LATEST]${definition.name}`;

  const startWorker = (): FunctionWorker => {
    const worker = startFunctionWorker({
      moduleUrl,
      exportName,
      environment,
      onLine: (line) => {
        // A terminated worker's last lines can come after its log group is closed.
        if (!stopped) options.appendLog(definition.logGroup, logStream(), Date.now(), line);
      },
      memoryMegabytes: definition.memoryMegabytes,
    });
    all.add(worker);
    return worker;
  };

  const takeWorker = async (): Promise<FunctionWorker> => {
    for (;;) {
      if (stopped) throw new CloudError(`function ${definition.name}: the embedded cloud is stopping`);
      const worker = idle.pop();
      if (worker !== undefined) return worker;
      if (all.size < MAX_WORKERS) return startWorker();
      await new Promise<void>((resolve) => waiting.push(resolve));
    }
  };

  const giveBack = async (worker: FunctionWorker, broken: boolean): Promise<void> => {
    if (broken) {
      all.delete(worker);
      await worker.stop();
    } else idle.push(worker);
    waiting.shift()?.();
  };

  return {
    definition,
    invoke: async (payload) => {
      const worker = await takeWorker();
      const timeoutMs = definition.timeoutSeconds * 1000;
      const result = await worker.invoke(
        {
          requestId: randomUUID(),
          payload: JSON.stringify(payload),
          deadlineEpochMs: Date.now() + timeoutMs,
          functionName: definition.name,
          functionArn: definition.arn,
          memoryMegabytes: definition.memoryMegabytes,
          logGroup: definition.logGroup,
          logStream: logStream(),
        },
        timeoutMs,
      );
      await giveBack(worker, result.outcome === 'failed' && result.broken);
      return result;
    },
    stop: async () => {
      stopped = true;
      for (const wake of waiting.splice(0)) wake();
      await Promise.all([...all].map((worker) => worker.stop()));
    },
  };
};

export type { Credentials, FunctionRuntime };
export { createFunctionRuntime };
