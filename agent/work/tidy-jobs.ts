import { readdir, rm, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { walkFiles } from '../data/walk-files.ts';
import { hasCode } from '../disk/durable-file.ts';
import type { Removed } from '../disk/tidy-partials.ts';
import { jobFolderOf } from './job-folder.ts';
import type { JobOrder } from './work-journal-state.ts';

/** What a failed job leaves can be looked into for a day. */
const KEEP_SECONDS = 86_400;
/** Of all failed jobs together: a job that fails again and again must not fill the disk. */
const MAX_BYTES = 20_000_000_000;

interface JobRemains {
  readonly name: string;
  readonly bytes: number;
  readonly changedAtMs: number;
}

/** undefined when it vanished meanwhile. */
const measure = async (path: string, name: string): Promise<JobRemains | undefined> => {
  try {
    let bytes = 0;
    let { mtimeMs: changedAtMs } = await stat(path);
    const signal = new AbortController().signal;
    for await (const files of walkFiles(path, { skips: () => false, signal })) {
      for (const file of files) {
        bytes += file.bytes;
        changedAtMs = Math.max(changedAtMs, file.changedAtMs);
      }
    }
    return { name, bytes, changedAtMs };
  } catch (error) {
    if (hasCode(error, 'ENOENT')) return undefined;
    throw error;
  }
};

/**
 * Removes the folders of jobs that ended, but for the newest that are less than a day old and within the limit together.
 * @param openOrders jobs that are not settled; asked again before each removal
 */
const tidyJobs = async (
  jobs: string,
  openOrders: () => readonly JobOrder[],
  now: Date,
  limits = { keepSeconds: KEEP_SECONDS, maxBytes: MAX_BYTES },
): Promise<Removed[]> => {
  const isOpen = (name: string): boolean =>
    openOrders().some((order) => jobFolderOf(jobs, order).path === join(jobs, name));
  const found: JobRemains[] = [];
  for (const { name } of await readdir(jobs, { withFileTypes: true })) {
    if (isOpen(name)) continue;
    const remains = await measure(join(jobs, name), name);
    if (remains !== undefined) found.push(remains);
  }
  found.sort((a, b) => b.changedAtMs - a.changedAtMs || (a.name < b.name ? 1 : -1));
  const removed: Removed[] = [];
  let bytes = 0;
  for (const remains of found) {
    bytes += remains.bytes;
    const isYoung = now.getTime() - remains.changedAtMs < limits.keepSeconds * 1000;
    if ((isYoung && bytes <= limits.maxBytes) || isOpen(remains.name)) continue;
    await rm(join(jobs, remains.name), { recursive: true, force: true });
    removed.push({ path: remains.name, bytes: remains.bytes });
  }
  return removed;
};

export { tidyJobs };
