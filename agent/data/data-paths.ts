import { realpath } from 'node:fs/promises';
import { hasCode } from '../disk/durable-file.ts';
import { isWithin } from './file-globs.ts';

interface PathChoice {
  /** The data root, a real path. */
  readonly root: string;
  readonly home: string;
  /** The agent runs as the superuser, so as nobody's own. */
  readonly isSuperuser: boolean;
  /** From the configuration of the agent; undefined: the home folder (of a superuser also /home) and /workspace, where they exist. */
  readonly dataPaths: readonly string[] | undefined;
}

/** Where rented machines keep what their users make. */
const WORKSPACE = '/workspace';
/** Where everybody's files are; for an agent of the system, whose own home is not the user's. */
const ALL_HOMES = '/home';

const realPath = async (path: string, mustExist: boolean): Promise<string[]> => {
  try {
    return [await realpath(path)];
  } catch (error) {
    if (!mustExist && hasCode(error, 'ENOENT')) return [];
    throw error;
  }
};

/**
 * The folders besides the data root whose files count as data: real paths, none within another or within the data root.
 * @throws when a path of the configuration is not there: a disk that is not mounted holds data all the same
 */
const resolveDataPaths = async ({ root, home, isSuperuser, dataPaths }: PathChoice): Promise<string[]> => {
  const wanted = dataPaths ?? [home, ...(isSuperuser ? [ALL_HOMES] : []), WORKSPACE];
  const real = await Promise.all(wanted.map((path) => realPath(path, dataPaths !== undefined)));
  const paths = [...new Set(real.flat())].filter((path) => !isWithin(path, root));
  return paths.filter((path) => !paths.some((other) => other !== path && isWithin(path, other)));
};

export type { PathChoice };
export { resolveDataPaths };
