import { constants } from 'node:fs';
import { copyFile, link, open, rm, stat } from 'node:fs/promises';
import { PermanentError } from '../../lib/errors.ts';
import { hasCode } from '../disk/durable-file.ts';
import { isSame, look } from '../inventory/hash-cache.ts';
import { isSqlite, snapshotSqlite } from './snapshot-sqlite.ts';

/** The file is on another disk, or this one knows no second name for a file. */
const NO_LINK = ['EXDEV', 'EPERM', 'EACCES', 'EMLINK', 'ENOTSUP', 'EOPNOTSUPP', 'ENOSYS'] as const;

const copySettled = async (path: string, target: string): Promise<void> => {
  const before = await look(path);
  await copyFile(path, target, constants.COPYFILE_EXCL | constants.COPYFILE_FICLONE);
  const after = await look(path);
  if (before === undefined || after === undefined || !isSame(before, after))
    throw new PermanentError(`${path} changed while it was copied: put it when it is complete`);
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
 * Keeps what is at `path` as `target`, whatever happens to `path` from here on: a second name of the same file, which costs nothing;
 * a copy where that cannot be; of a SQLite database a snapshot. Its bytes are on disk afterwards, but not yet its name.
 * @returns its size
 * @throws what the disk says; PermanentError
 */
const holdFile = async (path: string, target: string): Promise<number> => {
  try {
    if (await isSqlite(path)) await snapshotSqlite(path, target);
    else {
      await link(path, target).catch(async (error: unknown) => {
        if (!hasCode(error, ...NO_LINK)) throw error;
        await copySettled(path, target);
      });
    }
    await makeDurable(target);
    return (await stat(target)).size;
  } catch (error) {
    await rm(target, { force: true });
    throw error;
  }
};

export { holdFile };
