import { constants } from 'node:fs';
import { open, readFile, rename } from 'node:fs/promises';
import { dirname } from 'node:path';
import type { z } from 'zod';
import { PermanentError } from '../../lib/errors.ts';

/** True when `error` is Node's error with this code, such as `ENOENT`. */
const hasCode = (error: unknown, ...codes: readonly string[]): boolean =>
  error instanceof Error && 'code' in error && typeof error.code === 'string' && codes.includes(error.code);

/** Makes renames and new names in `folder` survive a power cut. */
const syncFolder = async (folder: string): Promise<void> => {
  const handle = await open(folder, constants.O_RDONLY);
  try {
    await handle.sync();
  } finally {
    await handle.close();
  }
};

/** Replaces `path` in one step: readers see the old content or the new, also after a crash. */
const writeFileAtomic = async (path: string, content: string, mode = 0o600): Promise<void> => {
  const temporary = `${path}.new`;
  const handle = await open(temporary, 'w', mode);
  try {
    await handle.chmod(mode);
    await handle.writeFile(content);
    await handle.sync();
  } finally {
    await handle.close();
  }
  await rename(temporary, path);
  await syncFolder(dirname(path));
};

/**
 * The parsed JSON file, or undefined when there is none.
 * @throws PermanentError when it is there and not what `schema` says
 */
const readJsonFile = async <T>(path: string, schema: z.ZodType<T>): Promise<T | undefined> => {
  let text: string;
  try {
    text = await readFile(path, 'utf8');
  } catch (error) {
    if (hasCode(error, 'ENOENT')) return undefined;
    throw error;
  }
  try {
    return schema.parse(JSON.parse(text));
  } catch (error) {
    throw new PermanentError(`${path} is damaged: it is not what the agent writes there`, { cause: error });
  }
};

export { hasCode, readJsonFile, syncFolder, writeFileAtomic };
