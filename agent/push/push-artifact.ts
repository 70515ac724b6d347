import { FileChangedError } from '../../lib/artifacts/upload/file-changed-error.ts';
import type { HashedFile } from '../../lib/artifacts/upload/local-file.ts';
import type { PushCommand } from '../../lib/commands/command.ts';
import { CommandFailure } from '../commands/command-failure.ts';
import { artifactOf } from '../flush/artifact-of.ts';
import {
  type BringTools,
  type Flushing,
  hashSettled,
  toStoreFailure,
  uploadFile,
} from '../flush/bring-file.ts';
import { resolveInside } from '../pull/resolve-inside.ts';

/** The file at `path` if its bytes on disk are the artifact; else what is wrong with it. */
const readCopy = async (
  path: string,
  { artifactId }: PushCommand,
  flushing: Flushing,
): Promise<HashedFile | CommandFailure> => {
  const settled = await hashSettled(path, flushing);
  if (settled === undefined) {
    return new CommandFailure('not-found', `there is no ${path} on this node, or somebody writes it`);
  }
  const { file } = settled;
  if (file.artifactId === artifactId) return file;
  return new CommandFailure('checksum-mismatch', `${path} has SHA-256 ${file.artifactId}, not ${artifactId}`);
};

/** Where the artifact should lie, or wherever an unchanged copy of it lies. */
const findCopy = async (
  command: PushCommand,
  { root, cache }: BringTools,
  flushing: Flushing,
): Promise<HashedFile> => {
  const found = await readCopy(await resolveInside(root, command.path), command, flushing);
  if (!(found instanceof CommandFailure)) return found;
  const elsewhere = await cache.findCopy(command.artifactId, command.bytes);
  const other = elsewhere === undefined ? found : await readCopy(elsewhere, command, flushing);
  if (other instanceof CommandFailure) throw other;
  return other;
};

/**
 * Does a `push`: the artifact, verified on this disk, is in the store afterwards, and the control plane is told, so that it verifies the
 * store's copy. What this agent remembers of the store does not count: the command says that the copy there is gone.
 * @throws CommandFailure, or the reason of the signal
 */
const pushArtifact = async (command: PushCommand, tools: BringTools, flushing: Flushing): Promise<void> => {
  const file = await findCopy(command, tools, flushing);
  try {
    await uploadFile(file, tools, flushing);
  } catch (error) {
    flushing.signal.throwIfAborted();
    // The bytes that arrived were not those that were hashed: the disk gives other ones each time.
    if (error instanceof FileChangedError)
      throw new CommandFailure('checksum-mismatch', error.message, { cause: error });
    throw toStoreFailure(error, file.path);
  }
  // Under a version of its own making, as all that a node brings: the registered artifact keeps the name that it has.
  await tools.stored.uploaded(artifactOf(file, command));
  tools.log.info('brought a copy back into the store', {
    artifactId: file.artifactId,
    bytes: file.bytes,
    path: file.path,
  });
  await tools.reports.deliver(flushing.signal);
};

export { pushArtifact };
