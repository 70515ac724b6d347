import { TransientError } from '../../errors.ts';

/** Waits before the repeats of one PUT: a stream cannot be sent twice, so that the SDK does not repeat it itself. */
const retryDelaysSeconds = [1, 2, 4, 8] as const;

const statusOf = (error: unknown): number | undefined => {
  if (!(error instanceof Error) || !('$metadata' in error)) return undefined;
  const { $metadata } = error;
  return typeof $metadata === 'object' && $metadata !== null && 'httpStatusCode' in $metadata
    ? Number($metadata.httpStatusCode)
    : undefined;
};

/** No answer at all, throttling and server errors can pass. A refusal stays one. */
const canPass = (error: unknown): boolean => {
  const status = statusOf(error);
  return status === undefined || status >= 500 || status === 429 || status === 408;
};

/**
 * Runs `send` until it succeeds, fails for good, or failed five times.
 * @throws TransientError after the last repeat; every other error as it came
 */
const retryUpload = async <Result>(
  what: string,
  send: () => Promise<Result>,
  wait: { sleep: (seconds: number, signal?: AbortSignal) => Promise<void>; signal: AbortSignal },
): Promise<Result> => {
  for (const delaySeconds of [...retryDelaysSeconds, undefined]) {
    try {
      return await send();
    } catch (error) {
      if (wait.signal.aborted || !canPass(error)) throw error;
      if (delaySeconds === undefined)
        throw new TransientError(
          `${what} failed ${retryDelaysSeconds.length + 1} times, last with ${error instanceof Error ? error.message : String(error)}: try again, it goes on from there`,
          { cause: error },
        );
      await wait.sleep(delaySeconds, wait.signal);
    }
  }
  throw new TransientError(`${what} was not tried`);
};

export { retryUpload, statusOf };
