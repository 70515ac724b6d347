import { readdir, readFile } from 'node:fs/promises';
import { hasCode } from '../disk/durable-file.ts';
import { processStart } from '../disk/process-start.ts';
import type { JobProcess } from './work-journal-state.ts';

/** Sends `signal` to all of the process group that this user may end. False when nothing of it is left. */
const signalGroup = (group: number, signal: NodeJS.Signals): boolean => {
  try {
    process.kill(-group, signal);
    return true;
  } catch (error) {
    if (hasCode(error, 'ESRCH')) return false;
    // Another user's by now, such as of a program that changes it.
    if (hasCode(error, 'EPERM')) return true;
    throw error;
  }
};

/** Processes that were started for the job in `folder`, by what their environment says. None where there is no procfs. */
const processesOf = async (folder: string): Promise<number[]> => {
  const mark = `DROVER_JOB_FOLDER=${folder}`;
  const names = await readdir('/proc').catch(() => []);
  const found = await Promise.all(
    names
      .filter((name) => /^[0-9]+$/.test(name))
      .map(async (name) => {
        // Other users' processes, and those that end meanwhile, cannot be read.
        const environment = await readFile(`/proc/${name}/environ`, 'utf8').catch(() => '');
        return environment.split('\0').includes(mark) ? [Number(name)] : [];
      }),
  );
  return found.flat();
};

/** Each scan finds what was being started while the one before it ran. What is left after the last cannot be ended. */
const SCANS = 5;

/**
 * Ends at once what an earlier run of the agent left running: the group of the program, if the program is still the one of the
 * journal, and whatever else bears the job in its environment, also when the agent died between starting a program and noting it.
 * Returns whether anything ran.
 */
const killLeftovers = async (folder: string, known: JobProcess | undefined): Promise<boolean> => {
  let isAny = false;
  if (known !== undefined && known.processStart !== '' && processStart(known.pid) === known.processStart) {
    isAny = signalGroup(known.pid, 'SIGKILL');
  }
  for (let scan = 0; scan < SCANS; scan += 1) {
    const pids = await processesOf(folder);
    if (pids.length === 0) break;
    isAny = true;
    for (const pid of pids) {
      try {
        process.kill(pid, 'SIGKILL');
      } catch (error) {
        if (!hasCode(error, 'ESRCH', 'EPERM')) throw error;
      }
    }
  }
  return isAny;
};

export { killLeftovers, signalGroup };
