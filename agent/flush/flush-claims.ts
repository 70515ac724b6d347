import { PermanentError } from '../../lib/errors.ts';
import type { FileRules } from '../data/file-rules.ts';
import { hasCode } from '../disk/durable-file.ts';
import { type BringTools, bringResting, type Flushing } from './bring-file.ts';
import { claimedFiles } from './claimed-files.ts';

interface FlushTools extends BringTools {
  readonly outsidePaths: () => Promise<readonly string[]>;
  readonly rules: () => FileRules;
}

/**
 * Brings every file that a claim matches into the store, and tells the control plane of each. Files that somebody writes are left
 * for the next time: the inventory counts them as unsettled.
 * @throws CommandFailure when a folder or file cannot be read, or the store does not take a file; what was done stays done
 */
const flushClaims = async (tools: FlushTools, flushing: Flushing): Promise<void> => {
  const { root, stored, reports, log } = tools;
  const rules = tools.rules();
  // What an earlier run brought there and could not say any more.
  if (stored.unreported().length > 0) await reports.deliver(flushing.signal);
  if (!rules.hasClaims) return;
  let unsettled = 0;
  const claimed = claimedFiles(root, await tools.outsidePaths(), rules, flushing.signal);
  try {
    for await (const { path, claim } of claimed) {
      flushing.onActivity();
      try {
        if ((await bringResting(path, claim, tools, flushing)) === undefined) unsettled += 1;
      } catch (error) {
        // It vanished meanwhile, or made room for something that is no file.
        if (!(error instanceof PermanentError) && !hasCode(error, 'ENOENT')) throw error;
      }
    }
  } finally {
    // Whatever became of the others.
    await reports.deliver(flushing.signal);
  }
  if (unsettled > 0) log.warn('claimed files still change; they are left for the next time', { unsettled });
};

export type { Flushing, FlushTools };
export { flushClaims };
