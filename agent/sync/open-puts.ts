import { readdir, rm } from 'node:fs/promises';
import { join } from 'node:path';
import type { DataFolder } from '../disk/data-folder.ts';
import type { Log } from '../log.ts';
import { PutLog } from './put-log.ts';

/** The log of what was put, and nothing held that it does not name: a crash left that, between two steps of a put. */
const openPuts = async ({ puts, putLog }: Pick<DataFolder, 'puts' | 'putLog'>, log: Log): Promise<PutLog> => {
  const opened = await PutLog.open(putLog, log);
  for (const name of await readdir(puts)) {
    // A database's snapshot may have files beside it.
    if (!opened.has(name)) await rm(join(puts, name), { force: true });
  }
  return opened;
};

export { openPuts };
