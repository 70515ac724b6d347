import cliProgress, { type Params } from 'cli-progress';
import type { CliIo } from '../io.ts';
import { formatBytes } from './bytes.ts';

// A CommonJS package whose names Node cannot see: they come by its default export.
const { Format, SingleBar } = cliProgress;

/** Bytes that advance, shown while somebody looks. */
interface Progress {
  advance(bytes: number): void;
  stop(): void;
}

const silent: Progress = { advance: () => {}, stop: () => {} };

const elapsedSeconds = ({ startTime, stopTime }: Params, now: Date): number =>
  Math.max(0.001, ((stopTime ?? now.getTime()) - startTime) / 1000);

/** A bar on standard error when it is a terminal; else nothing, so that pipes and logs stay clean. */
const createProgress = (
  io: CliIo,
  json: boolean,
  label: string,
  totalBytes: number,
  doneBytes = 0,
): Progress => {
  if (!io.interactive || json) return silent;
  let done = doneBytes;
  const bar = new SingleBar({
    stream: process.stderr,
    hideCursor: true,
    clearOnComplete: true,
    fps: 8,
    format: (options, params) => {
      const speed = (params.value - doneBytes) / elapsedSeconds(params, io.clock.now());
      return `${label} ${Format.BarFormat(params.progress, options)} ${formatBytes(params.value)} of ${formatBytes(params.total)}, ${formatBytes(speed)}/s`;
    },
  });
  bar.start(totalBytes, doneBytes);
  return {
    advance: (bytes) => {
      done = Math.min(totalBytes, done + bytes);
      bar.update(done);
    },
    stop: () => bar.stop(),
  };
};

export type { Progress };
export { createProgress };
