import type { Command } from '../../lib/commands/command.ts';
import type { Log } from '../log.ts';
import type { Timing } from '../wait.ts';
import type { DataFolder } from './data-folder.ts';
import { type Removed, tidyPartials } from './tidy-partials.ts';
import { tidyQuarantine } from './tidy-quarantine.ts';

interface TidyTools {
  readonly folder: Pick<DataFolder, 'root' | 'quarantine'>;
  /** Commands that run, or go on after a restart. */
  readonly openCommands: () => readonly Command[];
  /** Removes what failed jobs left long enough. */
  readonly tidyJobs: () => Promise<Removed[]>;
  readonly timing: Timing;
  readonly log: Log;
}

const EVERY_SECONDS = 86_400;

/** Bounds what the agent leaves on the disk beside artifacts: at the start and once a day, until `signal` aborts. */
const keepTidy = async (tools: TidyTools, signal: AbortSignal): Promise<void> => {
  const { folder, openCommands, tidyJobs, timing, log } = tools;
  const tidy = async (what: string, step: () => Promise<Removed[]>): Promise<void> => {
    try {
      for (const { path, bytes } of await step()) log.info(`removed ${what}`, { path, bytes });
    } catch (error) {
      log.warn(`cannot remove every ${what}; trying again tomorrow`, { error });
    }
  };
  do {
    await tidy('unfinished file of a delivery that was given up', () =>
      tidyPartials(folder.root, openCommands, timing.now()),
    );
    await tidy('old folder of a failed job', tidyJobs);
    await tidy('old quarantine', () => tidyQuarantine(folder.quarantine));
  } while (await timing.wait(EVERY_SECONDS, signal));
};

export { keepTidy };
