import type { HashedFile } from '../../lib/artifacts/upload/local-file.ts';
import type { UploadTarget } from '../../lib/artifacts/upload/upload-target.ts';
import { PermanentError, TransientError } from '../../lib/errors.ts';
import { CommandFailure, toCommandFailure } from '../commands/command-failure.ts';
import type { TransferStreak } from '../commands/transfer-streak.ts';
import type { FileRules } from '../data/file-rules.ts';
import type { StoredArtifacts } from '../data/stored-artifacts.ts';
import { hasCode } from '../disk/durable-file.ts';
import { type HashCache, isSame, look } from '../inventory/hash-cache.ts';
import type { Log } from '../log.ts';
import type { WithS3 } from '../pull/s3-source.ts';
import type { TokenBucket } from '../pull/token-bucket.ts';
import type { Semaphore } from '../semaphore.ts';
import type { Timing } from '../wait.ts';
import { artifactOf } from './artifact-of.ts';
import { type ClaimedFile, claimedFiles } from './claimed-files.ts';
import type { UploadReports } from './upload-reports.ts';

interface FlushTools {
  readonly root: string;
  readonly outsidePaths: () => Promise<readonly string[]>;
  readonly rules: () => FileRules;
  readonly stored: StoredArtifacts;
  readonly reports: UploadReports;
  readonly cache: HashCache;
  readonly withS3: WithS3;
  readonly bucket: () => string;
  /** Where begun uploads are remembered. */
  readonly uploads: string;
  readonly transfers: Semaphore;
  readonly streak: TransferStreak;
  readonly bandwidth: TokenBucket | undefined;
  readonly timing: Timing;
  readonly log: Log;
}

interface Flushing {
  readonly signal: AbortSignal;
  /** Something moves. */
  readonly onActivity: () => void;
}

/** The path as the hash cache and the inventory name it. */
const nameOf = (root: string, path: string): string =>
  path.startsWith(`${root}/`) ? path.slice(root.length + 1) : path;

/** The file as it rests on the disk; undefined while somebody writes it, or when it is gone. */
const hashSettled = async (
  path: string,
  { signal, onActivity }: Flushing,
): Promise<{ file: HashedFile; seen: NonNullable<Awaited<ReturnType<typeof look>>> } | undefined> => {
  const { hashLocalFile } = await import('../../lib/artifacts/upload/local-file.ts');
  const before = await look(path);
  if (before === undefined || before.bytes === 0) return undefined;
  const file = await hashLocalFile(path, signal, async (_bytes, work) => await work(onActivity));
  const seen = await look(path);
  if (seen === undefined || !isSame(before, seen) || seen.bytes !== file.bytes) return undefined;
  return { file, seen };
};

/** What the store answered, in the vocabulary of commands. */
const toStoreFailure = (error: unknown, path: string): CommandFailure => {
  if (error instanceof CommandFailure) return error;
  const message = `cannot bring ${path} into the store: ${error instanceof Error ? error.message : String(error)}`;
  if (error instanceof TransientError) {
    return new CommandFailure('store-unreachable', message, { cause: error });
  }
  if (error instanceof Error && '$metadata' in error) {
    return new CommandFailure('store-refused', message, { cause: error });
  }
  return toCommandFailure(error);
};

const upload = async (
  file: HashedFile,
  tools: FlushTools,
  { signal, onActivity }: Flushing,
): Promise<void> => {
  const { withS3, bucket, uploads, transfers, streak, bandwidth, timing } = tools;
  // Only when there is something to send: the S3 client is the largest part of the agent.
  const { uploadArtifact } = await import('../../lib/artifacts/upload/upload-artifact.ts');
  const target: UploadTarget = {
    withS3,
    bucket: bucket(),
    stateFolder: uploads,
    sleep: async (seconds, until = signal) => void (await timing.wait(seconds, until)),
    signal,
    onBytes: onActivity,
    pace: async (bytes) => await bandwidth?.take(bytes, signal),
  };
  await transfers.run(async () => {
    signal.throwIfAborted();
    await streak.run(signal, async () => await uploadArtifact(target, file));
  });
};

/** Brings one file into the store, unless it is there; false while it still changes. */
const flushFile = async (
  { path, claim }: ClaimedFile,
  tools: FlushTools,
  flushing: Flushing,
): Promise<boolean> => {
  const { root, cache, stored, reports, log } = tools;
  const name = nameOf(root, path);
  const remembered = await cache.recall(name);
  if (remembered !== undefined && stored.has(remembered.artifactId)) return true;
  const settled = await hashSettled(path, flushing);
  if (settled === undefined) return false;
  const { file, seen } = settled;
  await cache.remember(name, file.artifactId, seen);
  if (stored.has(file.artifactId)) return true;
  try {
    await upload(file, tools, flushing);
  } catch (error) {
    flushing.signal.throwIfAborted();
    // The store found other bytes than were hashed: somebody writes the file.
    if (error instanceof PermanentError) return false;
    throw toStoreFailure(error, path);
  }
  await stored.uploaded(artifactOf(file, claim));
  log.info('a claimed file is in the store', { path, artifactId: file.artifactId, bytes: file.bytes });
  await reports.deliver(flushing.signal);
  return true;
};

/**
 * Brings every file that a claim matches into the store, and tells the control plane of each. Files that somebody writes are left
 * for the next time: the inventory counts them as unsettled.
 * @throws CommandFailure when a folder or file cannot be read, or the store does not take a file; what was done stays done
 */
const flushClaims = async (tools: FlushTools, flushing: Flushing): Promise<void> => {
  const { root, stored, reports, log } = tools;
  const rules = tools.rules();
  // What an earlier run brought there and could not say any more.
  if (stored.unreported().length > 0) await reports.deliver(flushing.signal);
  if (!rules.hasClaims) return;
  let unsettled = 0;
  for await (const claimed of claimedFiles(root, await tools.outsidePaths(), rules, flushing.signal)) {
    flushing.onActivity();
    try {
      if (!(await flushFile(claimed, tools, flushing))) unsettled += 1;
    } catch (error) {
      // It vanished meanwhile, or made room for something that is no file.
      if (!(error instanceof PermanentError) && !hasCode(error, 'ENOENT')) throw error;
    }
  }
  if (unsettled > 0) log.warn('claimed files still change; they are left for the next time', { unsettled });
};

export type { Flushing, FlushTools };
export { flushClaims };
