import { PermanentError } from '../../lib/errors.ts';
import type { FileRules } from '../data/file-rules.ts';
import { hasCode } from '../disk/durable-file.ts';
import type { HashCache } from '../inventory/hash-cache.ts';
import { type Bringing, type BringTools, bringFile } from './bring-file.ts';
import { type ClaimedFile, claimedFiles } from './claimed-files.ts';

interface FlushTools extends BringTools {
  readonly root: string;
  readonly outsidePaths: () => Promise<readonly string[]>;
  readonly rules: () => FileRules;
  readonly cache: HashCache;
}

/** The path as the hash cache and the inventory name it. */
const nameOf = (root: string, path: string): string =>
  path.startsWith(`${root}/`) ? path.slice(root.length + 1) : path;

/** Brings one file into the store, unless it is there; false while it still changes. */
const flushFile = async (
  { path, claim }: ClaimedFile,
  tools: FlushTools,
  flushing: Bringing,
): Promise<boolean> => {
  const { root, cache, stored } = tools;
  const name = nameOf(root, path);
  const remembered = await cache.recall(name);
  if (remembered !== undefined && stored.has(remembered.artifactId)) return true;
  const artifactId = await bringFile(path, claim, tools, flushing, async (hashed, seen) => {
    await cache.remember(name, hashed, seen);
  });
  return artifactId !== undefined;
};

/**
 * Brings every file that a claim matches into the store, and tells the control plane of each. Files that somebody writes are left
 * for the next time: the inventory counts them as unsettled.
 * @throws CommandFailure when a folder or file cannot be read, or the store does not take a file; what was done stays done
 */
const flushClaims = async (tools: FlushTools, flushing: Bringing): Promise<void> => {
  const { root, stored, reports, log } = tools;
  const rules = tools.rules();
  // What an earlier run brought there and could not say any more.
  if (stored.unreported().length > 0) await reports.deliver(flushing.signal);
  if (!rules.hasClaims) return;
  let unsettled = 0;
  for await (const claimed of claimedFiles(root, await tools.outsidePaths(), rules, flushing.signal)) {
    flushing.onActivity();
    try {
      if (!(await flushFile(claimed, tools, flushing))) unsettled += 1;
    } catch (error) {
      // It vanished meanwhile, or made room for something that is no file.
      if (!(error instanceof PermanentError) && !hasCode(error, 'ENOENT')) throw error;
    }
  }
  if (unsettled > 0) log.warn('claimed files still change; they are left for the next time', { unsettled });
};

export type { FlushTools };
export { flushClaims };
