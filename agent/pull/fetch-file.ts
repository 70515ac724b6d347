import type { FileHandle } from 'node:fs/promises';
import { fullJitterSeconds } from '../backoff.ts';
import { CommandFailure } from '../commands/command-failure.ts';
import { DAMAGE_CODES } from '../disk/damage.ts';
import { hasCode } from '../disk/durable-file.ts';
import type { Log } from '../log.ts';
import type { Timing } from '../wait.ts';
import type { ByteSource, ReadOptions } from './byte-source.ts';
import { SilenceError } from './http-range.ts';
import { RangePlan } from './range-plan.ts';

/** Each range is one request on a connection of its own: long enough that its overhead vanishes, short enough that little is fetched again. */
const RANGE_BYTES = 32 * 1024 * 1024;
const PARALLEL_RANGES = 3;
/** What is written at once; every range holds two of these in memory. */
const CHUNK_BYTES = 1024 * 1024;

/** The bandwidth caps of a transfer. */
interface Pace {
  /** The tightest of them. */
  readonly bytesPerSecond: number;
  /** Waits until `bytes` may pass. */
  take(bytes: number, signal: AbortSignal): Promise<void>;
}

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
  readonly pace: Pace | undefined;
  /** `received` more bytes are written, and the file is complete up to `frontier`. */
  readonly onWritten: (received: number, frontier: number) => void;
}

type Buffers = ReadOptions['buffers'];

/** Writes all of `chunk` at `position`. */
const writeAll = async (file: FileHandle, chunk: Uint8Array, position: number): Promise<void> => {
  for (let done = 0; done < chunk.length; ) {
    const { bytesWritten } = await file.write(chunk, done, chunk.length - done, position + done);
    done += bytesWritten;
  }
};

/** Under a cap chunks are small, so that it holds also over short times. */
const chunkBytesUnder = (pace: Pace | undefined): number =>
  pace === undefined
    ? CHUNK_BYTES
    : Math.max(16 * 1024, Math.min(CHUNK_BYTES, Math.floor(pace.bytesPerSecond / 8)));

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
      if (pausing > 0 || timing.now().getTime() - lastByteAt < stallSeconds * 1000) return;
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

  /** Ranges that wait for the caps: that is no silence of the store. */
  let pausing = 0;
  const pace = async (bytes: number): Promise<void> => {
    if (options.pace === undefined) return;
    pausing += 1;
    await options.pace.take(bytes, signal);
    pausing -= 1;
    lastByteAt = timing.now().getTime();
  };

  /** One request, from `from` to the end of the range that began at `start`. */
  const fetchRange = async (start: number, from: number, end: number, buffers: Buffers): Promise<void> => {
    const chunks = await source.open(from, end, {
      buffers,
      signal,
      onBytes: () => {
        lastByteAt = timing.now().getTime();
        lastError = undefined;
      },
    });
    let position = from;
    for await (const chunk of chunks) {
      await pace(chunk.length);
      await writeAll(file, chunk, position);
      position += chunk.length;
      plan.wrote(start, position);
      options.onWritten(chunk.length, plan.frontier);
    }
  };

  const fetchRanges = async (): Promise<void> => {
    const size = chunkBytesUnder(options.pace);
    const buffers: Buffers = [Buffer.allocUnsafeSlow(size), Buffer.allocUnsafeSlow(size)];
    for (let range = plan.take(); range !== undefined; range = plan.take()) {
      let position = range.start;
      let failures = 0;
      while (position < range.end) {
        signal.throwIfAborted();
        const before = position;
        try {
          await fetchRange(range.start, position, range.end, buffers);
          position = range.end;
        } catch (error) {
          signal.throwIfAborted();
          if (error instanceof CommandFailure || isDiskError(error)) throw error;
          // A silent store is `stalled`; one that answers with errors, or not at all, is `store-unreachable`.
          if (!(error instanceof SilenceError)) lastError = error;
          position = plan.positionOf(range.start) ?? range.end;
          failures = position > before ? 1 : failures + 1;
          options.log.warn('a range broke off; trying again', { position, error });
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

const DISK_CODES = ['ENOSPC', 'EDQUOT', 'EROFS', 'EFBIG', 'EBADF', 'EACCES', ...DAMAGE_CODES];
const isDiskError = (error: unknown): boolean => hasCode(error, ...DISK_CODES);

export type { FetchOptions, Pace };
export { fetchFile };
