import { existsSync, mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { CloudError } from '../cloud-error.ts';

interface DataFolder {
  readonly cloud: string;
  readonly logs: string;
  readonly profile: string;
  /** Lists the agents that run. */
  readonly agents: string;
  /** The instances of the simulated providers. */
  readonly providers: string;
  /** Holds the data folder of each agent. */
  readonly nodes: string;
  /** Holds what else each machine is: its home, programs, processes. */
  readonly machines: string;
  /** Lets another process use the folder. The system does it too when this process dies. */
  release(): void;
}

/**
 * As `mkdirSync(…, { recursive: true })`, which never returns where the system answers ENOENT below a folder that exists
 * (`/proc`).
 */
const makeFolder = (path: string): void => {
  if (existsSync(path)) return;
  makeFolder(dirname(path));
  mkdirSync(path);
};

const reasonOf = (error: unknown): string => (error instanceof Error ? error.message : String(error));

/**
 * Holds a lock that ends with this process, however it ends: a file lock of the system, taken through SQLite. So no
 * stale lock can stay behind.
 */
const takeLock = (folder: string): DatabaseSync => {
  const pidFile = join(folder, 'lock.pid');
  const lock = new DatabaseSync(join(folder, 'lock'));
  try {
    lock.exec('BEGIN EXCLUSIVE');
  } catch (error) {
    lock.close();
    let holder = '';
    try {
      holder = ` (process ${readFileSync(pidFile, 'utf8').trim()})`;
    } catch {
      // Its holder has not written its number yet: the message does without.
    }
    throw new CloudError(
      `another npm start${holder} uses ${folder}: stop it, or choose another folder with --data`,
      { cause: error },
    );
  }
  writeFileSync(pidFile, `${process.pid}\n`);
  return lock;
};

/**
 * Makes the data folder if it is not there and takes it for this process.
 * @throws CloudError with one line when it cannot be written or another process has it.
 */
const openDataFolder = (folder: string): DataFolder => {
  const logs = join(folder, 'logs');
  const cloud = join(folder, 'cloud');
  const probe = join(folder, '.writable');
  try {
    for (const path of [folder, logs, cloud]) makeFolder(path);
    writeFileSync(probe, '');
    rmSync(probe);
  } catch (error) {
    throw new CloudError(
      `cannot write to the data folder ${folder} (${reasonOf(error)}): choose another with --data`,
      { cause: error },
    );
  }
  const lock = takeLock(folder);
  return {
    cloud,
    logs,
    profile: join(folder, 'profile.json'),
    agents: join(folder, 'agents.pid'),
    providers: join(folder, 'providers'),
    nodes: join(folder, 'nodes'),
    machines: join(folder, 'machines'),
    release: () => lock.close(),
  };
};

export type { DataFolder };
export { openDataFolder };
