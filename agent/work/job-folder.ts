import { createHash } from 'node:crypto';
import { rm } from 'node:fs/promises';
import { join } from 'node:path';
import { makeFolder } from '../disk/make-folder.ts';

/** Where one attempt of a job works. */
interface JobFolder {
  readonly path: string;
  /** All that the program prints. */
  readonly log: string;
  /** Where the program writes what it did. */
  readonly result: string;
}

/** One folder for each lease: a job that comes back to this node begins anew. @param jobs the folder of all of them */
const jobFolderOf = (
  jobs: string,
  { workId, attempt, token }: { readonly workId: string; readonly attempt: number; readonly token: string },
): JobFolder => {
  const lease = createHash('sha256').update(token).digest('hex').slice(0, 8);
  const path = join(jobs, `${workId}-${attempt}-${lease}`);
  return { path, log: join(path, 'log'), result: join(path, 'result.json') };
};

/** Makes the folder empty: what lies there is of a start that came to nothing. */
const makeJobFolder = async ({ path }: JobFolder): Promise<void> => {
  await rm(path, { recursive: true, force: true });
  await makeFolder(path, 0o700);
};

export type { JobFolder };
export { jobFolderOf, makeJobFolder };
