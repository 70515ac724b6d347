import { constants } from 'node:fs';
import { copyFile, link, open, rm, stat } from 'node:fs/promises';
import { dirname } from 'node:path';
import { PermanentError } from '../../lib/errors.ts';
import { CommandFailure } from '../commands/command-failure.ts';
import { hasCode } from '../disk/durable-file.ts';
import { isSame, look } from '../inventory/hash-cache.ts';
import { assertRoom } from '../pull/assert-room.ts';
import type { LinkedLook } from './put-line.ts';
import { isSqlite, snapshotSqlite } from './snapshot-sqlite.ts';

/** What is held of a file. */
interface Held {
  readonly bytes: number;
  /** How the file looked; only where it is held by a second name, so that who writes into it changes what is held. */
  readonly linked?: LinkedLook;
}

/** The file is on another disk, or this one knows no second name for a file. */
const NO_LINK = ['EXDEV', 'EPERM', 'EACCES', 'EMLINK', 'ENOTSUP', 'EOPNOTSUPP', 'ENOSYS'] as const;
const NO_SPACE = ['ENOSPC', 'EDQUOT'] as const;

/**
 * Larger files are not copied where the disk cannot share their blocks. Who puts waits for the copy: this one is written and synced
 * in a second by a slow disk. And as long as the store cannot be reached, what waits is on the disk twice.
 */
const MAX_COPY_BYTES = 64 * 1024 * 1024;

/** @throws PermanentError when somebody writes the file meanwhile; what the disk says */
const copySettled = async (path: string, target: string, how: number): Promise<void> => {
  const before = await look(path);
  await copyFile(path, target, constants.COPYFILE_EXCL | how);
  const after = await look(path);
  if (before === undefined || after === undefined || !isSame(before, after)) {
    await rm(target, { force: true });
    throw new PermanentError(`${path} changed while it was copied: put it when it is complete`);
  }
};

/** A copy that shares its blocks with the file until one of them is written. False where the disk knows none. */
const clone = async (path: string, target: string): Promise<boolean> => {
  try {
    await copySettled(path, target, constants.COPYFILE_FICLONE_FORCE);
    return true;
  } catch (error) {
    if (error instanceof PermanentError) throw error;
    // Disks refuse in many words. What is wrong with the file, the next way says as well.
    return false;
  }
};

/** False when the file is too large for a copy, or its disk too full. */
const copySmall = async (path: string, target: string): Promise<boolean> => {
  const { size } = await stat(path);
  if (size > MAX_COPY_BYTES) return false;
  try {
    await assertRoom(dirname(target), 'begin-pull', size);
    await copySettled(path, target, 0);
    return true;
  } catch (error) {
    if (error instanceof CommandFailure || hasCode(error, ...NO_SPACE)) return false;
    throw error;
  }
};

/** A second name of the same file; a copy where that cannot be. */
const linkOrCopy = async (path: string, target: string): Promise<'link' | 'copy'> => {
  try {
    await link(path, target);
    return 'link';
  } catch (error) {
    if (!hasCode(error, ...NO_LINK)) throw error;
    await copySettled(path, target, 0);
    return 'copy';
  }
};

const holdBytes = async (path: string, target: string): Promise<'link' | 'copy'> => {
  if (await isSqlite(path)) {
    await snapshotSqlite(path, target);
    return 'copy';
  }
  if ((await clone(path, target)) || (await copySmall(path, target))) return 'copy';
  return await linkOrCopy(path, target);
};

const makeDurable = async (path: string): Promise<void> => {
  const file = await open(path, 'r');
  try {
    await file.sync();
  } finally {
    await file.close();
  }
};

/**
 * Keeps what is at `path` as `target`: of a SQLite database a snapshot; else a copy, which costs nothing where the disk can share
 * blocks; where it cannot, of a large file or on a full disk, a second name of the same file. Then nobody may write into it, and its
 * look tells whether somebody did. Its bytes are on disk afterwards, but not yet its name.
 * @throws what the disk says; PermanentError
 */
const holdFile = async (path: string, target: string): Promise<Held> => {
  try {
    const how = await holdBytes(path, target);
    await makeDurable(target);
    const held = await look(target);
    // The store takes no empty file: such a line would never leave the log.
    if (held === undefined || held.bytes === 0) throw new PermanentError(`${path} is empty: nothing to put`);
    const { bytes, modifiedNs } = held;
    return how === 'link' ? { bytes, linked: { bytes, modifiedNs } } : { bytes };
  } catch (error) {
    await rm(target, { force: true });
    throw error;
  }
};

export type { Held };
export { holdFile, MAX_COPY_BYTES };
