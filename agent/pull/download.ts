import { lstat, rename } from 'node:fs/promises';
import { dirname } from 'node:path';
import type { ArtifactKind } from '../../lib/artifacts/artifact.ts';
import { whyNotNpz } from '../../lib/artifacts/check-npz.ts';
import { CommandFailure } from '../commands/command-failure.ts';
import { hasCode, syncFolder } from '../disk/durable-file.ts';
import { hashFile, INLINE_BYTES } from '../disk/hash-file.ts';
import { FollowingHash } from '../disk/hash-worker.ts';
import type { Log } from '../log.ts';
import type { Timing } from '../wait.ts';
import { assertRoom } from './assert-room.ts';
import type { ByteSource } from './byte-source.ts';
import { fetchFile, type Pace } from './fetch-file.ts';
import { PartialFile } from './partial-file.ts';
import { type QuarantineReason, quarantineFile } from './quarantine.ts';
import { makeFolderOf } from './resolve-inside.ts';

interface Download {
  readonly commandId: string;
  readonly artifactId: string;
  readonly kind: ArtifactKind;
  readonly bytes: number;
  /** Relative to the data root, as the command said it. */
  readonly path: string;
  /** The same, absolute and checked by `resolveInside`. */
  readonly target: string;
  readonly source: ByteSource;
}

interface DownloadTools {
  readonly root: string;
  readonly quarantine: string;
  readonly stallSeconds: number;
  readonly timing: Timing;
  readonly log: Log;
  readonly signal: AbortSignal;
  readonly pace: Pace | undefined;
  /** `bytesDone` of the file are on disk. */
  readonly onProgress: (bytesDone: number) => void;
}

const SAVE_EVERY_BYTES = 16 * 1024 * 1024;

/** Brings the bytes to the partial file and on disk for good. Returns what came over the network, and the hash of what is there. */
const fetchOnce = async (
  download: Download,
  tools: DownloadTools,
  partial: PartialFile,
): Promise<{ transferredBytes: number; sha256: string }> => {
  const { file, frontier } = await partial.open();
  const folder = dirname(download.target);
  const diskFull = new AbortController();
  let hash: FollowingHash | undefined;
  try {
    await assertRoom(folder, 'begin-pull', download.bytes - frontier);
    if (frontier > 0) tools.log.info('resuming a transfer', { path: download.path, from: frontier });
    hash = download.bytes > INLINE_BYTES ? new FollowingHash(partial.path) : undefined;
    hash?.advance(frontier);
    let transferred = 0;
    let saved = frontier;
    tools.onProgress(frontier);
    await fetchFile({
      source: download.source,
      file,
      totalBytes: download.bytes,
      from: frontier,
      stallSeconds: tools.stallSeconds,
      signal: AbortSignal.any([tools.signal, diskFull.signal]),
      timing: tools.timing,
      log: tools.log,
      pace: download.source.isRemote ? tools.pace : undefined,
      onWritten: (received, complete) => {
        transferred += received;
        tools.onProgress(frontier + transferred);
        hash?.advance(complete);
        if (complete - saved < SAVE_EVERY_BYTES) return;
        saved = complete;
        assertRoom(folder, 'go-on-pulling', 0).catch((error: unknown) => diskFull.abort(error));
        partial.save(complete).catch((error: unknown) => {
          tools.log.warn('cannot remember how far a transfer is', { path: download.path, error });
        });
      },
    });
    await file.truncate(download.bytes);
    const [sha256] = await Promise.all([hash?.finish(download.bytes), file.sync()]);
    return {
      transferredBytes: download.source.isRemote ? transferred : 0,
      sha256: sha256 ?? (await hashFile(partial.path)).sha256,
    };
  } finally {
    await hash?.stop();
    await file.close();
  }
};

/** What is wrong with the bytes that came, or undefined. */
const judge = async (
  download: Download,
  sha256: string,
  path: string,
): Promise<CommandFailure | undefined> => {
  if (sha256 !== download.artifactId) {
    return new CommandFailure(
      'checksum-mismatch',
      `the bytes that came have SHA-256 ${sha256}, not ${download.artifactId}`,
    );
  }
  const structure = download.kind === 'npz' ? await whyNotNpz(path) : undefined;
  return structure === undefined ? undefined : new CommandFailure('structure-invalid', structure);
};

/** Puts the verified file in its place in one step. What was there before is kept in quarantine, never lost. */
const moveIntoPlace = async (
  download: Download,
  tools: DownloadTools,
  partial: PartialFile,
): Promise<void> => {
  const isTaken = await lstat(download.target).then(
    () => true,
    (error: unknown) => {
      if (hasCode(error, 'ENOENT')) return false;
      throw error;
    },
  );
  if (isTaken) {
    const why = reasonFor(
      download,
      tools,
      new CommandFailure(
        'checksum-mismatch',
        'this file was where an artifact belongs, and it was not that artifact',
      ),
    );
    await quarantineFile(tools.quarantine, download.target, why, 'link');
  }
  await rename(partial.path, download.target);
  await syncFolder(dirname(download.target));
};

const reasonFor = (download: Download, tools: DownloadTools, failure: CommandFailure): QuarantineReason => ({
  class: failure.failureClass,
  message: failure.message,
  artifactId: download.artifactId,
  path: download.path,
  commandId: download.commandId,
  at: tools.timing.now(),
});

/**
 * Brings one artifact to its place: fetched (resuming an earlier try), hashed from the disk, synced, checked, renamed. Bytes that
 * are wrong go to quarantine, and everything is fetched once more from the first byte; a second time is final.
 * Returns the bytes that came over the network.
 * @throws CommandFailure
 */
const downloadArtifact = async (download: Download, tools: DownloadTools): Promise<number> => {
  await makeFolderOf(tools.root, download.target);
  const partial = new PartialFile(download.target, download.artifactId, download.bytes);
  let transferred = 0;
  for (let round = 1; ; round += 1) {
    const fetched = await fetchOnce(download, tools, partial);
    transferred += fetched.transferredBytes;
    await partial.forgetState();
    const failure = await judge(download, fetched.sha256, partial.path);
    if (failure === undefined) {
      await moveIntoPlace(download, tools, partial);
      return transferred;
    }
    const folder = await quarantineFile(tools.quarantine, partial.path, reasonFor(download, tools, failure));
    tools.log.error('the bytes that came are wrong; they are in quarantine', {
      path: download.path,
      folder,
      failure,
      round,
    });
    if (round === 2) throw failure;
  }
};

export type { Download, DownloadTools };
export { downloadArtifact };
