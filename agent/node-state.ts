import { Journal } from './commands/journal.ts';
import { ConfigurationKeeper } from './configuration/configuration-keeper.ts';
import { StoredArtifacts } from './data/stored-artifacts.ts';
import type { DataFolder } from './disk/data-folder.ts';
import { HashCache } from './inventory/hash-cache.ts';
import type { Log } from './log.ts';
import { Sequence } from './reports/sequence.ts';
import { openPuts } from './sync/open-puts.ts';
import type { PutLog } from './sync/put-log.ts';
import type { Timing } from './wait.ts';
import { WorkJournal } from './work/work-journal.ts';

/** What the agent remembers on disk, over restarts. */
interface NodeState {
  readonly journal: Journal;
  readonly workJournal: WorkJournal;
  readonly sequence: Sequence;
  readonly configuration: ConfigurationKeeper;
  readonly stored: StoredArtifacts;
  readonly hashCache: HashCache;
  readonly putLog: PutLog;
}

/** @throws what the disk says; damage that costs no more than a repetition is mended */
const openNodeState = async (folder: DataFolder, timing: Timing, log: Log): Promise<NodeState> => {
  const hashCache = new HashCache(folder.root, folder.hashCache);
  const [journal, workJournal, sequence, configuration, stored, putLog] = await Promise.all([
    Journal.open(folder.journal, () => timing.now(), log),
    WorkJournal.open(folder.workJournal, () => timing.now(), log),
    Sequence.open(folder.state, timing.now(), log),
    ConfigurationKeeper.open(folder.configuration, log),
    StoredArtifacts.open(folder.storedArtifacts, log),
    openPuts(folder, log),
    hashCache.load(),
  ]);
  return { journal, workJournal, sequence, configuration, stored, hashCache, putLog };
};

const closeNodeState = async ({ journal, workJournal, stored, putLog }: NodeState): Promise<void> => {
  await Promise.all([journal.close(), workJournal.close(), stored.close(), putLog.close()]);
};

export type { NodeState };
export { closeNodeState, openNodeState };
