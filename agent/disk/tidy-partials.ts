import { readdir, rm, stat } from 'node:fs/promises';
import { basename, dirname, join } from 'node:path';
import type { Command } from '../../lib/commands/command.ts';
import { PARTIAL_NAME } from '../pull/partial-file.ts';
import { PRIVATE_FOLDER } from './data-folder.ts';
import { hasCode } from './durable-file.ts';

/**
 * A failed attempt's bytes wait this long for the next one, which resumes them: the control plane gives a delivery that cannot be
 * sent up within a day.
 */
const KEEP_PARTIALS_SECONDS = 86_400;

interface Removed {
  /** Relative to the data root. */
  readonly path: string;
  readonly bytes: number;
}

/** Relative paths of all unfinished files and their states. Symlinks are not followed, and not ours. */
const listPartials = async (root: string, folder = ''): Promise<string[]> => {
  const paths: string[] = [];
  for (const entry of await readdir(join(root, folder), { withFileTypes: true })) {
    const path = folder === '' ? entry.name : `${folder}/${entry.name}`;
    if (path === PRIVATE_FOLDER) continue;
    if (entry.isDirectory()) paths.push(...(await listPartials(root, path)));
    else if (entry.isFile() && PARTIAL_NAME.test(entry.name)) paths.push(path);
  }
  return paths;
};

/** The partial file of a `pull`, as PartialFile names it. */
const partialOf = (command: Command): string[] => {
  if (command.type !== 'pull') return [];
  const name = `.${basename(command.path)}.${command.artifactId.slice(0, 8)}.partial`;
  return [join(dirname(command.path), name)];
};

/**
 * Removes unfinished files that no open command uses and that nobody wrote for a day: their deliveries were given up.
 * @param openCommands asked again before each removal: a command may have come meanwhile
 * @throws when a folder cannot be read
 */
const tidyPartials = async (
  root: string,
  openCommands: () => readonly Command[],
  now: Date,
): Promise<Removed[]> => {
  const removed: Removed[] = [];
  for (const path of await listPartials(root)) {
    try {
      const { size, mtimeMs } = await stat(join(root, path));
      if (now.getTime() - mtimeMs < KEEP_PARTIALS_SECONDS * 1000) continue;
      // The state beside it bears the same name and more.
      if (
        openCommands()
          .flatMap(partialOf)
          .some((used) => path.startsWith(used))
      )
        continue;
      await rm(join(root, path));
      removed.push({ path, bytes: size });
    } catch (error) {
      // It was finished meanwhile, and so has another name.
      if (!hasCode(error, 'ENOENT')) throw error;
    }
  }
  return removed;
};

export type { Removed };
export { KEEP_PARTIALS_SECONDS, tidyPartials };
