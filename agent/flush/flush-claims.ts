import { relative } from 'node:path';
import { PermanentError } from '../../lib/errors.ts';
import { isWithin } from '../data/file-globs.ts';
import type { FileRules } from '../data/file-rules.ts';
import { isDamage } from '../disk/damage.ts';
import { hasCode } from '../disk/durable-file.ts';
import { type BringTools, bringResting, type Flushing } from './bring-file.ts';
import { claimedFiles } from './claimed-files.ts';

interface FlushTools extends BringTools {
  readonly outsidePaths: () => Promise<readonly string[]>;
  readonly rules: () => FileRules;
}

/**
 * Brings every file that a claim matches into the store, and tells the control plane of each. Files that somebody writes are left
 * for the next time, and so are files that their disk cannot read: the inventory counts both as unsettled.
 * Rotten files are not brought at all: newest of their name, they would be taken for the best.
 * @throws CommandFailure when a folder cannot be read, or a file by this user, or the store does not take a file; what was done stays done
 */
const flushClaims = async (tools: FlushTools, flushing: Flushing): Promise<void> => {
  const { root, stored, reports, cache, log } = tools;
  const rules = tools.rules();
  // What an earlier run brought there and could not say any more.
  if (stored.unreported().length > 0) await reports.deliver(flushing.signal);
  if (!rules.hasClaims) return;
  let unsettled = 0;
  let rotten = 0;
  const claimed = claimedFiles(root, await tools.outsidePaths(), rules, flushing.signal);
  try {
    for await (const { path, claim } of claimed) {
      flushing.onActivity();
      if ((await cache.recallRotten(isWithin(path, root) ? relative(root, path) : path)) !== undefined) {
        rotten += 1;
        continue;
      }
      try {
        if ((await bringResting(path, claim, tools, flushing)) === undefined) unsettled += 1;
      } catch (error) {
        // It cannot be read: the others are brought all the same, and the inventory says that it is there.
        if (isDamage(error)) unsettled += 1;
        // It vanished meanwhile, or made room for something that is no file.
        else if (!(error instanceof PermanentError) && !hasCode(error, 'ENOENT')) throw error;
      }
    }
  } finally {
    // Whatever became of the others.
    await reports.deliver(flushing.signal);
  }
  if (rotten > 0)
    log.warn('claimed files have rotted; they are not brought until somebody changes them', { rotten });
  if (unsettled > 0)
    log.warn('claimed files still change, or cannot be read; they are left for the next time', { unsettled });
};

export type { Flushing, FlushTools };
export { flushClaims };
