import { realpath } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import { PermanentError } from '../../lib/errors.ts';
import { makeFolder } from './make-folder.ts';

/** The agent's own folder inside the data root; no artifact may lie in it. */
const PRIVATE_FOLDER = '.drover';
/** How the fleet is, for programs on this node; not data, and no artifact. */
const FLEET_HEALTH_FILE = 'fleet-health.json';

/** Where things lie on a node. Nothing is written outside `root`. */
interface DataFolder {
  /** Absolute, with symlinks resolved. */
  readonly root: string;
  readonly identity: string;
  readonly state: string;
  readonly journal: string;
  readonly hashCache: string;
  /** What the control plane told this node about its files. */
  readonly configuration: string;
  /** Artifacts of this node that the store has. */
  readonly storedArtifacts: string;
  /** Uploads that were begun. */
  readonly uploads: string;
  /** How far the scrub is. */
  readonly scrub: string;
  /** Files that were put and are not in the store yet, and the log of them. */
  readonly puts: string;
  readonly putLog: string;
  readonly quarantine: string;
  /** How far each job came. */
  readonly workJournal: string;
  /** Where jobs work, each in a folder of its own. */
  readonly jobs: string;
  readonly current: string;
  readonly lock: string;
  readonly fleetHealth: string;
  /** Where the next `fleetHealth` is written before it takes its place. */
  readonly nextFleetHealth: string;
}

/**
 * Makes the folders that the agent needs.
 * @throws PermanentError when the folder cannot be made or written
 */
const openDataFolder = async (path: string): Promise<DataFolder> => {
  try {
    const wanted = resolve(path);
    await makeFolder(wanted);
    const root = await realpath(wanted);
    const own = join(root, PRIVATE_FOLDER);
    for (const name of ['journal', 'puts', 'quarantine', 'current', 'jobs']) {
      await makeFolder(join(own, name), 0o700);
    }
    return {
      root,
      identity: join(own, 'identity.json'),
      state: join(own, 'state.json'),
      journal: join(own, 'journal', 'commands.jsonl'),
      hashCache: join(own, 'hash-cache.json'),
      configuration: join(own, 'configuration.json'),
      storedArtifacts: join(own, 'journal', 'artifacts.jsonl'),
      uploads: join(own, 'uploads'),
      scrub: join(own, 'scrub.json'),
      puts: join(own, 'puts'),
      putLog: join(own, 'journal', 'puts.jsonl'),
      quarantine: join(own, 'quarantine'),
      workJournal: join(own, 'journal', 'work.jsonl'),
      jobs: join(own, 'jobs'),
      current: join(own, 'current'),
      lock: join(own, 'agent.lock'),
      fleetHealth: join(root, FLEET_HEALTH_FILE),
      nextFleetHealth: join(own, FLEET_HEALTH_FILE),
    };
  } catch (error) {
    throw new PermanentError(
      `cannot use the data folder ${path}: give one that this user may write (--data)`,
      {
        cause: error,
      },
    );
  }
};

export type { DataFolder };
export { FLEET_HEALTH_FILE, openDataFolder, PRIVATE_FOLDER };
