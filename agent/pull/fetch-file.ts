import type { FileHandle } from 'node:fs/promises';
import { fullJitterSeconds } from '../backoff.ts';
import { CommandFailure } from '../commands/command-failure.ts';
import type { Log } from '../log.ts';
import type { Timing } from '../wait.ts';
import type { ByteSource } from './byte-source.ts';
import { RangePlan } from './range-plan.ts';

/** Each range is one request: long enough that its overhead vanishes, short enough that little is fetched again. */
const RANGE_BYTES = 16 * 1024 * 1024;
const PARALLEL_RANGES = 3;
/** Chunks of the socket are written together: a system call for every 64 kB costs more than the bytes. */
const WRITE_BYTES = 1024 * 1024;

interface FetchOptions {
  readonly source: ByteSource;
  readonly file: FileHandle;
  readonly totalBytes: number;
  /** Everything before is on disk from an earlier try. */
  readonly from: number;
  readonly stallSeconds: number;
  readonly signal: AbortSignal;
  readonly timing: Timing;
  readonly log: Log;
  /** Waits for the bandwidth caps. */
  readonly pace: ((bytes: number, signal: AbortSignal) => Promise<void>) | undefined;
  /** `received` more bytes are written, and the file is complete up to `frontier`. */
  readonly onWritten: (received: number, frontier: number) => void;
}

/** Writes all of `chunks` at `position`. */
const writeAll = async (
  file: FileHandle,
  chunks: Uint8Array[],
  bytes: number,
  position: number,
): Promise<void> => {
  const { bytesWritten } = await file.writev(chunks, position);
  if (bytesWritten === bytes) return;
  // A short write: rare, so the simple way is good enough.
  const rest = Buffer.concat(chunks).subarray(bytesWritten);
  let done = 0;
  while (done < rest.length) {
    const written = await file.write(rest, done, rest.length - done, position + bytesWritten + done);
    done += written.bytesWritten;
  }
};

/**
 * Fetches what is missing of a file in ranges side by side, each written at its place. A range that breaks off goes on where it
 * stood, after a pause. Memory stays the same whatever the size.
 * @throws CommandFailure `stalled` or `store-unreachable` after `stallSeconds` without a byte, and what the source throws
 */
const fetchFile = async (options: FetchOptions): Promise<void> => {
  const { source, file, timing, stallSeconds } = options;
  const plan = new RangePlan(options.totalBytes, RANGE_BYTES, options.from);
  const stop = new AbortController();
  const signal = AbortSignal.any([options.signal, stop.signal]);
  let lastByteAt = timing.now().getTime();
  let lastError: unknown;

  const watchdog = setInterval(
    () => {
      if (timing.now().getTime() - lastByteAt < stallSeconds * 1000) return;
      stop.abort(
        lastError === undefined
          ? new CommandFailure('stalled', `no byte came for ${stallSeconds} s`)
          : new CommandFailure('store-unreachable', `the store could not be read for ${stallSeconds} s`, {
              cause: lastError,
            }),
      );
    },
    Math.min(1000, stallSeconds * 250),
  );

  /** One request. Returns how far the range is written. */
  const fetchRange = async (start: number, from: number, end: number): Promise<number> => {
    let position = from;
    let writing: Promise<void> = Promise.resolve();
    let chunks: Uint8Array[] = [];
    let gathered = 0;
    const flush = async (): Promise<void> => {
      await writing;
      const [batch, bytes, at] = [chunks, gathered, position];
      chunks = [];
      gathered = 0;
      position += bytes;
      writing = writeAll(file, batch, bytes, at).then(() => {
        plan.wrote(start, at + bytes);
        lastByteAt = timing.now().getTime();
        lastError = undefined;
        options.onWritten(bytes, plan.frontier);
      });
      // The next flush, or the end, waits for it and gets its error.
      writing.catch(() => undefined);
    };
    try {
      for await (const chunk of await source.open(from, end, signal)) {
        if (position + gathered + chunk.length > end) {
          throw new CommandFailure('store-refused', 'the store sent more bytes than were asked for');
        }
        if (options.pace !== undefined) await options.pace(chunk.length, signal);
        lastByteAt = timing.now().getTime();
        chunks.push(chunk);
        gathered += chunk.length;
        if (gathered >= WRITE_BYTES) await flush();
      }
    } finally {
      if (gathered > 0) await flush();
      await writing;
    }
    return position;
  };

  const fetchRanges = async (): Promise<void> => {
    for (let range = plan.take(); range !== undefined; range = plan.take()) {
      let position = range.start;
      let failures = 0;
      while (position < range.end) {
        signal.throwIfAborted();
        const before = position;
        try {
          position = await fetchRange(range.start, position, range.end);
          if (position < range.end) throw new Error('the connection ended early');
        } catch (error) {
          signal.throwIfAborted();
          if (error instanceof CommandFailure || isDiskError(error)) throw error;
          lastError = error;
          position = plan.positionOf(range.start) ?? range.end;
          failures = position > before ? 1 : failures + 1;
          options.log.warn('a range broke off; trying again', { at: position, error });
          await timing.wait(
            fullJitterSeconds(failures, { baseSeconds: 0.2, capSeconds: 10 }, timing.random()),
            signal,
          );
        }
      }
    }
  };

  try {
    const lanes = Array.from({ length: PARALLEL_RANGES }, () =>
      fetchRanges().catch((error: unknown) => {
        // The first lane that gives up stops the others; its reason is what counts.
        stop.abort(error);
        throw error;
      }),
    );
    await Promise.allSettled(lanes);
    await Promise.all(lanes);
  } catch (error) {
    options.signal.throwIfAborted();
    throw stop.signal.aborted ? stop.signal.reason : error;
  } finally {
    clearInterval(watchdog);
  }
};

const DISK_CODES = new Set(['ENOSPC', 'EDQUOT', 'EIO', 'EROFS', 'EFBIG', 'EBADF', 'EACCES']);
const isDiskError = (error: unknown): boolean =>
  error instanceof Error && 'code' in error && typeof error.code === 'string' && DISK_CODES.has(error.code);

export type { FetchOptions };
export { fetchFile };
