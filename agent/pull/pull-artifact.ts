import { stat } from 'node:fs/promises';
import { whyNotModel } from '../../lib/artifacts/check-model.ts';
import type { PullCommand } from '../../lib/commands/command.ts';
import { CommandFailure } from '../commands/command-failure.ts';
import { isDamage } from '../disk/damage.ts';
import type { DataFolder } from '../disk/data-folder.ts';
import { hasCode } from '../disk/durable-file.ts';
import { hashFile } from '../disk/hash-file.ts';
import type { HashCache } from '../inventory/hash-cache.ts';
import type { Log } from '../log.ts';
import type { KeyedMutex } from '../semaphore.ts';
import type { Timing } from '../wait.ts';
import { assertLinkable } from './current-link.ts';
import { downloadArtifact } from './download.ts';
import { fileSource } from './file-source.ts';
import { resolveInside } from './resolve-inside.ts';
import { s3Source, type WithS3 } from './s3-source.ts';
import { combineCaps, TokenBucket } from './token-bucket.ts';
import { concludeFile, type VerifiedFile } from './verified-file.ts';

interface PullTools {
  readonly folder: DataFolder;
  readonly hashCache: HashCache;
  readonly withS3: WithS3;
  readonly minimumModelBytes: number;
  readonly stallSeconds: number;
  /** The cap over all transfers of this agent. */
  readonly bandwidth: TokenBucket | undefined;
  /** One writer per artifact: whoever comes second finds the first one's file. */
  readonly artifactMutex: KeyedMutex;
  readonly linkMutex: KeyedMutex;
  readonly timing: Timing;
  readonly log: Log;
}

/** Whether the file at `path` is the artifact, by its bytes on disk. */
const isArtifact = async (
  path: string,
  artifact: { readonly artifactId: string; readonly bytes: number },
  onActivity: () => void,
  signal: AbortSignal,
): Promise<boolean> => {
  try {
    if ((await stat(path)).size !== artifact.bytes) return false;
    return (await hashFile(path, onActivity, signal)).sha256 === artifact.artifactId;
  } catch (error) {
    // What cannot be read any more is no copy: the artifact takes its place.
    if (hasCode(error, 'ENOENT') || isDamage(error)) return false;
    throw error;
  }
};

/** Fetches the file to `target` unless it is there. Returns the bytes that came over the network. */
const ensureFile = async (
  command: PullCommand,
  target: string,
  tools: PullTools,
  signal: AbortSignal,
  onActivity: () => void,
  onProgress: (bytesDone: number) => void,
): Promise<number> => {
  if (await isArtifact(target, command, onActivity, signal)) return 0;
  const cap = command.bandwidthBytesPerSecond;
  const own = cap === undefined ? undefined : new TokenBucket(cap, tools.timing);
  const copy = await tools.hashCache.findCopy(command.artifactId, command.bytes);
  const download = (source: Parameters<typeof downloadArtifact>[0]['source']): Promise<number> =>
    downloadArtifact(
      {
        commandId: command.commandId,
        artifactId: command.artifactId,
        kind: command.kind,
        bytes: command.bytes,
        path: command.path,
        target,
        source,
      },
      {
        root: tools.folder.root,
        quarantine: tools.folder.quarantine,
        stallSeconds: tools.stallSeconds,
        timing: tools.timing,
        log: tools.log,
        signal,
        pace: combineCaps([tools.bandwidth, own]),
        onProgress,
      },
    );
  const remote = s3Source(tools.withS3, {
    ...command.store,
    totalBytes: command.bytes,
    idleSeconds: tools.stallSeconds / 2,
  });
  if (copy !== undefined) {
    try {
      return await download(fileSource(copy));
    } catch (error) {
      const isBadCopy = error instanceof CommandFailure && error.failureClass === 'checksum-mismatch';
      if (!isBadCopy && !isDamage(error)) throw error;
      // Rot keeps a file's size and time, so the cache still knows the copy. The store decides, not this disk.
      tools.log.error('a copy on this disk is damaged; taking the bytes from the store', { copy, error });
    }
  }
  return await download(remote);
};

/**
 * Does a `pull`: afterwards the artifact is at its path, byte-identical by the hash of what is on disk, and `current` follows its
 * promotion when the command says so. Nothing is transferred when it is there already.
 * @throws CommandFailure
 */
const pullArtifact = async (
  command: PullCommand,
  tools: PullTools,
  signal: AbortSignal,
  onActivity: () => void,
  onProgress: (bytesDone: number) => void,
): Promise<VerifiedFile> => {
  const startedAt = tools.timing.now().getTime();
  if (command.current !== undefined) assertLinkable(command, command.path);
  const problem = command.kind === 'model' ? whyNotModel(command.bytes, tools.minimumModelBytes) : undefined;
  if (problem !== undefined) throw new CommandFailure('too-small', `${problem} (--minimum-model-bytes)`);
  const target = await resolveInside(tools.folder.root, command.path);
  const transferredBytes = await tools.artifactMutex.run(command.artifactId, async () => {
    const transferred = await ensureFile(command, target, tools, signal, onActivity, onProgress);
    await tools.hashCache.remember(command.path, command.artifactId);
    return transferred;
  });
  return await concludeFile(command, tools, transferredBytes, startedAt);
};

export type { PullTools };
export { pullArtifact };
