import { createHash, randomUUID } from 'node:crypto';
import { existsSync } from 'node:fs';
import { mkdir, readdir, readFile, rename, rm, stat, utimes } from 'node:fs/promises';
import { dirname, join, relative } from 'node:path';
import { fileURLToPath } from 'node:url';

/** What was built from the sources is kept by a hash of them, so that an unchanged project is built once. */

const projectFolder = dirname(dirname(fileURLToPath(import.meta.url)));
const cacheFolder = join(projectFolder, 'node_modules', '.cache', 'embedded-cloud');
/** Where Node keeps what it compiled, so that a bundle or an SDK that many threads and processes load is compiled once. */
const codeCacheFolder = join(projectFolder, 'node_modules', '.cache', 'compiled');
/** Builds beyond the newest few go once nobody has asked for them for a day: a running cloud may still load from one. */
const KEPT_BUILDS = 12;
const DAY_MS = 24 * 60 * 60 * 1000;

const filesUnder = async (path: string): Promise<string[]> => {
  if (!existsSync(path)) return [];
  if ((await stat(path)).isFile()) return [path];
  const entries = await readdir(path, { recursive: true, withFileTypes: true });
  return entries.filter((entry) => entry.isFile()).map((entry) => join(entry.parentPath, entry.name));
};

/** A hash over the names and bytes of these files and folders of the project. */
const hashOf = async (inputs: readonly string[]): Promise<string> => {
  const hash = createHash('sha256').update(process.version);
  const files = (await Promise.all(inputs.map((input) => filesUnder(join(projectFolder, input))))).flat();
  for (const file of files.sort()) {
    const bytes = await readFile(file);
    hash.update(`${relative(projectFolder, file)}\0${bytes.length}\0`).update(bytes);
  }
  return hash.digest('hex').slice(0, 24);
};

const removeOldBuilds = async (): Promise<void> => {
  const names = await readdir(cacheFolder);
  const found = await Promise.all(
    names.map(async (name) => {
      // Undefined: another process removed or renamed it meanwhile.
      const stats = await stat(join(cacheFolder, name)).catch(() => undefined);
      return stats === undefined ? [] : [{ name, usedMs: stats.mtimeMs }];
    }),
  );
  const old = found
    .flat()
    .sort((left, right) => right.usedMs - left.usedMs)
    .slice(KEPT_BUILDS)
    .filter(({ usedMs }) => usedMs < Date.now() - DAY_MS);
  await Promise.all(old.map(({ name }) => rm(join(cacheFolder, name), { recursive: true, force: true })));
};

/**
 * The folder of what `build` makes from `inputs`: an earlier one when the inputs are the same. Two processes that
 * build the same at once are no problem: the first to finish wins.
 * @param build writes into the folder that it is given.
 */
const cachedBuild = async (
  name: string,
  inputs: readonly string[],
  build: (folder: string) => Promise<void>,
): Promise<string> => {
  const folder = join(cacheFolder, `${name}-${await hashOf(inputs)}`);
  if (existsSync(folder)) {
    const now = new Date();
    await utimes(folder, now, now);
    return folder;
  }
  const unfinished = `${folder}.${randomUUID()}.tmp`;
  await mkdir(unfinished, { recursive: true });
  try {
    await build(unfinished);
    await rename(unfinished, folder);
  } catch (error) {
    await rm(unfinished, { recursive: true, force: true });
    if (!existsSync(folder)) throw error;
  }
  await removeOldBuilds();
  return folder;
};

export { cachedBuild, codeCacheFolder, projectFolder };
