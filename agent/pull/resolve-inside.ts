import { lstat, mkdir } from 'node:fs/promises';
import { dirname, join, relative } from 'node:path';
import { CommandFailure } from '../commands/command-failure.ts';
import { FLEET_HEALTH_FILE, PRIVATE_FOLDER } from '../disk/data-folder.ts';
import { hasCode, syncFolder } from '../disk/durable-file.ts';

const refused = (path: string, why: string): CommandFailure =>
  new CommandFailure('path-refused', `the path ${JSON.stringify(path)} is refused: ${why}`);

/** What is wrong with `path` by its letters alone, or undefined. */
const whyNotPlain = (path: string): string | undefined => {
  if (path.includes('\0')) return 'it holds a zero byte';
  if (path.includes('\\')) return 'it holds a backslash';
  if (path.startsWith('/')) return 'it is absolute';
  const segments = path.split('/');
  if (segments.some((segment) => segment === '' || segment === '.' || segment === '..')) {
    return 'it holds an empty part, "." or ".."';
  }
  if (segments[0] === PRIVATE_FOLDER || path === FLEET_HEALTH_FILE)
    return `${segments[0]} belongs to the agent`;
  if (segments.some((segment) => Buffer.byteLength(segment) > 200)) return 'a part is longer than 200 bytes';
  return undefined;
};

/**
 * The absolute path for `path` under `root`. No symlink may lie on the way, not even one that stays inside: what it points to can
 * change between this look and the write. (`current` is such a link, so nothing is ever written through it.)
 * @throws CommandFailure `path-refused`
 */
const resolveInside = async (root: string, path: string): Promise<string> => {
  const why = whyNotPlain(path);
  if (why !== undefined) throw refused(path, why);
  let here = root;
  const segments = path.split('/');
  for (const [index, segment] of segments.entries()) {
    here = join(here, segment);
    try {
      const found = await lstat(here);
      if (found.isSymbolicLink()) throw refused(path, `${relative(root, here)} is a symlink`);
      const isLast = index === segments.length - 1;
      if (!isLast && !found.isDirectory()) throw refused(path, `${relative(root, here)} is not a folder`);
      if (isLast && !found.isFile()) throw refused(path, 'something that is no plain file is there');
    } catch (error) {
      if (hasCode(error, 'ENOENT')) return join(root, path);
      throw error;
    }
  }
  return here;
};

/** Makes the folder of `file`, an absolute path from `resolveInside`, so that it survives a power cut. */
const makeFolderOf = async (root: string, file: string): Promise<void> => {
  const first = await mkdir(dirname(file), { recursive: true });
  if (first === undefined) return;
  for (let folder = dirname(dirname(file)); folder.length >= root.length; folder = dirname(folder)) {
    await syncFolder(folder);
    if (folder === dirname(first)) return;
  }
};

export { makeFolderOf, resolveInside };
