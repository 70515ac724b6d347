import { constants } from 'node:fs';
import { type FileHandle, open } from 'node:fs/promises';
import { PermanentError } from '../../lib/errors.ts';
import { hasCode } from '../disk/durable-file.ts';

/**
 * Opens what a job left for reading; undefined when nothing is there. A job can leave anything: a named pipe must not make the agent
 * wait for ever.
 * @throws PermanentError when it is no plain file
 */
const openPlainFile = async (path: string): Promise<FileHandle | undefined> => {
  let handle: FileHandle;
  try {
    handle = await open(path, constants.O_RDONLY | constants.O_NONBLOCK | constants.O_NOFOLLOW);
  } catch (error) {
    if (hasCode(error, 'ENOENT')) return undefined;
    if (hasCode(error, 'ELOOP', 'ENXIO'))
      throw new PermanentError(`${path} is no plain file`, { cause: error });
    throw error;
  }
  try {
    if (!(await handle.stat()).isFile()) throw new PermanentError(`${path} is no plain file`);
    return handle;
  } catch (error) {
    await handle.close();
    throw error;
  }
};

export { openPlainFile };
