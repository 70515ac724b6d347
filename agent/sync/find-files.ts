import { lstat, realpath } from 'node:fs/promises';
import { relative } from 'node:path';
import { PermanentError } from '../../lib/errors.ts';
import { walkFiles } from '../data/walk-files.ts';
import { hasCode } from '../disk/durable-file.ts';
import type { Skipped } from './put-protocol.ts';
import { isSqliteSidecar } from './snapshot-sqlite.ts';

/** A file that is to be put. */
interface FoundPut {
  /** Absolute, without symlinks. */
  readonly path: string;
  /** Where it lies in the folder that was put; undefined when it was put by itself. */
  readonly within: string | undefined;
}

interface Found {
  readonly files: readonly FoundPut[];
  readonly skipped: Skipped;
}

/** A writer that is not done yet leaves `<file>.writing` beside its file. */
const WRITING = '.writing';
/** More lines than this at once do not fit the agent's memory with ease. */
const MAX_FILES = 100_000;

const exists = async (path: string): Promise<boolean> => {
  try {
    await lstat(path);
    return true;
  } catch (error) {
    if (hasCode(error, 'ENOENT', 'ENOTDIR')) return false;
    throw error;
  }
};

const isBeingWritten = async (path: string): Promise<boolean> =>
  path.endsWith(WRITING) || (await exists(`${path}${WRITING}`));

const lookAt = async (path: string) => {
  try {
    const real = await realpath(path);
    return { real, facts: await lstat(real) };
  } catch (error) {
    throw new PermanentError(`cannot read ${path}: is the path right?`, { cause: error });
  }
};

const refuseAlone = async (path: string, size: number): Promise<void> => {
  if (size === 0) throw new PermanentError(`${path} is empty: nothing to put`);
  if (await isBeingWritten(path))
    throw new PermanentError(`${path} is still being written: remove ${path}${WRITING} when it is complete`);
};

/**
 * The file at `path`, or the files in the folder there.
 * @param isOwn whether a path is the agent's own, and nothing that can be put
 * @throws PermanentError when there is nothing that can be put; what the disk says
 */
const findFiles = async (
  path: string,
  isOwn: (path: string) => boolean,
  signal: AbortSignal,
): Promise<Found> => {
  const { real, facts } = await lookAt(path);
  if (isOwn(real)) throw new PermanentError(`${path} is the agent's own: put files of yours`);
  const skipped = { empty: 0, writing: 0, other: 0 };
  if (facts.isFile()) {
    await refuseAlone(real, facts.size);
    return { files: [{ path: real, within: undefined }], skipped };
  }
  if (!facts.isDirectory()) throw new PermanentError(`${path} is neither a file nor a folder`);
  const files: FoundPut[] = [];
  for await (const batch of walkFiles(real, { skips: isOwn, signal })) {
    for (const { path: file, bytes } of batch) {
      if (await isBeingWritten(file)) skipped.writing += 1;
      else if (bytes === 0) skipped.empty += 1;
      else if (await isSqliteSidecar(file)) skipped.other += 1;
      else files.push({ path: file, within: relative(real, file) });
    }
    if (files.length > MAX_FILES)
      throw new PermanentError(
        `${path} holds more than ${MAX_FILES} files: pack them, or put its folders one by one`,
      );
  }
  return { files, skipped };
};

export type { Found, FoundPut };
export { findFiles, isBeingWritten, WRITING };
