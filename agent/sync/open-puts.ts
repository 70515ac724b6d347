import { createHash } from 'node:crypto';
import { readdir, rename, rm } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import type { DataFolder } from '../disk/data-folder.ts';
import { syncFolder, writeFileAtomic } from '../disk/durable-file.ts';
import { systemDisk } from '../disk/lines-disk.ts';
import { makeFolder } from '../disk/make-folder.ts';
import type { Log } from '../log.ts';
import { type Loss, PutLog } from './put-log.ts';

/** In the data root, where all that lies counts as data: the node is kept until a person has brought it away. */
const RECOVERED_FOLDER = 'recovered-puts';

/**
 * Takes what is held and named by no readable line, and the log itself, to where it is data of this node. The folder's name follows from
 * the log: a crash in between goes on in the same one.
 */
const recoverPuts = async (
  { root, puts }: Pick<DataFolder, 'root' | 'puts'>,
  { unreadable, text, isNamed }: Loss,
  log: Log,
): Promise<void> => {
  const digest = createHash('sha256').update(text).digest('hex').slice(0, 12);
  const folder = join(root, RECOVERED_FOLDER, digest);
  await makeFolder(folder);
  await writeFileAtomic(join(folder, 'puts.jsonl'), text);
  const names = (await readdir(puts)).filter((name) => !isNamed(name));
  for (const name of names) await rename(join(puts, name), join(folder, name));
  for (const changed of [folder, dirname(folder), root]) await syncFolder(changed);
  log.error(
    'lines of the log of puts cannot be read: files that were taken are not known by name any more. They and the log are kept; put them anew, then remove the folder',
    { unreadable, files: names.length, folder },
  );
};

/** The log of what was put, and nothing held that it does not name: a crash left that, between two steps of a put. */
const openPuts = async (folder: Pick<DataFolder, 'root' | 'puts' | 'putLog'>, log: Log): Promise<PutLog> => {
  const { puts, putLog } = folder;
  const opened = await PutLog.open(
    putLog,
    log,
    systemDisk,
    async (loss) => await recoverPuts(folder, loss, log),
  );
  for (const name of await readdir(puts)) {
    // A database's snapshot may have files beside it.
    if (!opened.has(name)) await rm(join(puts, name), { force: true });
  }
  return opened;
};

export { openPuts, RECOVERED_FOLDER };
