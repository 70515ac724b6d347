import { readdirSync, readFileSync } from 'node:fs';

/** What an agent starts for a job knows its own folder by this variable. */
const MARK = 'DROVER_JOB_FOLDER=';
/** Each look finds what was being started during the one before it. */
const LOOKS = 3;

const programsOf = (dataFolder: string): number[] => {
  let names: string[];
  try {
    names = readdirSync('/proc');
  } catch {
    return [];
  }
  return names
    .filter((name) => /^[0-9]+$/.test(name))
    .filter((name) => {
      try {
        const environment = readFileSync(`/proc/${name}/environ`, 'utf8');
        return environment.split('\0').some((entry) => entry.startsWith(`${MARK}${dataFolder}/`));
      } catch {
        // It ended, or is another user's.
        return false;
      }
    })
    .map(Number);
};

/**
 * Ends the programs that the agent of a machine left running, as the end of a real machine would. Where there is no procfs they end
 * by themselves, or by the agent's next start.
 * @param dataFolder of the agent, a real path
 */
const endPrograms = (dataFolder: string): void => {
  for (let look = 0; look < LOOKS; look += 1) {
    const pids = programsOf(dataFolder);
    if (pids.length === 0) return;
    for (const pid of pids) {
      try {
        process.kill(pid, 'SIGKILL');
      } catch {
        // It ended meanwhile.
      }
    }
  }
};

export { endPrograms };
