import { FileChangedError } from '../../lib/artifacts/upload/file-changed-error.ts';
import type { HashedFile } from '../../lib/artifacts/upload/local-file.ts';
import type { UploadTarget } from '../../lib/artifacts/upload/upload-target.ts';
import { PermanentError, TransientError } from '../../lib/errors.ts';
import { CommandFailure, toCommandFailure } from '../commands/command-failure.ts';
import type { TransferStreak } from '../commands/transfer-streak.ts';
import type { StoredArtifacts } from '../data/stored-artifacts.ts';
import { type HashCache, isSame, look } from '../inventory/hash-cache.ts';
import type { Log } from '../log.ts';
import type { WithS3 } from '../pull/s3-source.ts';
import type { TokenBucket } from '../pull/token-bucket.ts';
import type { Semaphore } from '../semaphore.ts';
import type { Timing } from '../wait.ts';
import { artifactOf, type FileAs } from './artifact-of.ts';
import type { UploadReports } from './upload-reports.ts';

/** What bringing one file into the store takes. */
interface BringTools {
  readonly root: string;
  readonly stored: StoredArtifacts;
  readonly reports: Pick<UploadReports, 'deliver'>;
  readonly cache: HashCache;
  readonly withS3: WithS3;
  readonly bucket: () => string;
  /** Where begun uploads are remembered. */
  readonly uploads: string;
  readonly transfers: Semaphore;
  readonly streak: TransferStreak;
  readonly bandwidth: Pick<TokenBucket, 'take'> | undefined;
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
  // PermanentError: the store has something else under the key.
  if (error instanceof PermanentError || (error instanceof Error && '$metadata' in error)) {
    return new CommandFailure('store-refused', message, { cause: error });
  }
  return toCommandFailure(error);
};

/** Uploads the file unless the store has it. */
const uploadFile = async (
  file: HashedFile,
  tools: BringTools,
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

/** Hashes the file and remembers its hash. */
const hashRemembered = async (
  path: string,
  { root, cache }: BringTools,
  flushing: Flushing,
): Promise<HashedFile | undefined> => {
  const settled = await hashSettled(path, flushing);
  if (settled === undefined) return undefined;
  const { file, seen } = settled;
  await cache.remember(nameOf(root, path), file.artifactId, seen);
  return file;
};

const bringHashed = async (
  file: HashedFile,
  as: FileAs,
  tools: BringTools,
  flushing: Flushing,
): Promise<string | undefined> => {
  const { path, artifactId, bytes } = file;
  try {
    await uploadFile(file, tools, flushing);
  } catch (error) {
    flushing.signal.throwIfAborted();
    // The store found other bytes than were hashed: somebody writes the file.
    if (error instanceof FileChangedError) return undefined;
    throw toStoreFailure(error, path);
  }
  await tools.stored.uploaded(artifactOf(file, as));
  tools.log.info('a file is in the store', { path, artifactId, bytes });
  return artifactId;
};

/**
 * Brings one file into the store, unless it is there, and notes that the control plane is to be told of it under the name that `as` gives.
 * It is told by `reports.deliver`, of many files at once. The store is asked each time, whatever this agent remembers: the caller lets go
 * of the file afterwards, and it may be the last copy.
 * @returns its artifactId; undefined while somebody writes it
 * @throws CommandFailure when the store does not take it, or has something else under its key; the reason of the signal
 */
const bringFile = async (
  path: string,
  as: FileAs,
  tools: BringTools,
  flushing: Flushing,
): Promise<string | undefined> => {
  const file = await hashRemembered(path, tools, flushing);
  return file === undefined ? undefined : await bringHashed(file, as, tools, flushing);
};

/**
 * As `bringFile`, of a file that stays where it is. What this agent remembers of the store will do: the file stays in the inventory, and
 * META says whether the node may go.
 */
const bringResting = async (
  path: string,
  as: FileAs,
  tools: BringTools,
  flushing: Flushing,
): Promise<string | undefined> => {
  const { root, cache, stored } = tools;
  const remembered = await cache.recall(nameOf(root, path));
  if (remembered !== undefined && stored.has(remembered.artifactId)) return remembered.artifactId;
  const file = await hashRemembered(path, tools, flushing);
  if (file === undefined) return undefined;
  return stored.has(file.artifactId) ? file.artifactId : await bringHashed(file, as, tools, flushing);
};

export type { BringTools, Flushing };
export { bringFile, bringResting, hashSettled, toStoreFailure, uploadFile };
