import { mkdir, stat } from 'node:fs/promises';
import { dirname } from 'node:path';
import { hasCode } from './durable-file.ts';

/**
 * As `mkdir(…, { recursive: true })`, which never returns where the system answers ENOENT below a folder that exists
 * (`/proc`).
 * @throws what the system answers; ENOTDIR or EEXIST when a file is in the way
 */
const makeFolder = async (path: string, mode?: number): Promise<void> => {
  try {
    await mkdir(path, mode);
  } catch (error) {
    if (await isFolder(path)) return;
    const parent = dirname(path);
    if (!hasCode(error, 'ENOENT') || (await isFolder(parent))) throw error;
    await makeFolder(parent, mode);
    await makeFolder(path, mode);
  }
};

const isFolder = async (path: string): Promise<boolean> => {
  try {
    return (await stat(path)).isDirectory();
  } catch (error) {
    if (hasCode(error, 'ENOENT', 'ENOTDIR')) return false;
    throw error;
  }
};

export { makeFolder };
