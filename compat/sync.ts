import { readFileSync } from 'node:fs';
import { AutoSync } from '../lib/migration/compat/auto-sync.ts';
import {
  type AutoSyncSettings,
  readAutoSyncSettings,
  SyncStrategy,
} from '../lib/migration/compat/auto-sync-settings.ts';
import { TrainingNodeWatcher } from '../lib/migration/compat/training-watcher.ts';
import { deprecated, warningOf } from './deprecated.ts';
import { type Options, open } from './installation.ts';

type SyncOptions = Options & { readonly config?: AutoSyncSettings };

class AutoSyncDaemon extends AutoSync {
  constructor({ config = {}, ...options }: SyncOptions = {}) {
    super(config, open(options));
  }
}

const warnOfCoordinator = warningOf('SyncCoordinator');

/** @deprecated Use `AutoSyncDaemon`, or `openSync` of `drover`. */
class SyncCoordinator extends AutoSyncDaemon {
  constructor(options?: SyncOptions) {
    warnOfCoordinator();
    super(options);
  }
}

const warnOfConfig = warningOf('AutoSyncConfig');

/** @deprecated Give the settings to `AutoSyncDaemon` as they are; `drover migrate config` takes over the old file. */
class AutoSyncConfig implements AutoSyncSettings {
  declare strategy?: SyncStrategy;
  declare batchSeconds?: number;
  declare bandwidthBytesPerSecond?: number;
  declare maxDiskUsedPercent?: number;
  declare exclude?: readonly string[];
  /** Keys of the file about sync that mean nothing here, each with where and why. */
  readonly notConverted: readonly string[];

  /**
   * Takes what the old file says about sync.
   * @param path where `distributed_hosts.yaml` is
   * @throws ConfigError with file, line and column of everything that is wrong
   */
  static fromConfigFile(path = 'config/distributed_hosts.yaml'): AutoSyncConfig {
    const { settings, notConverted } = readAutoSyncSettings({ name: path, text: readFileSync(path, 'utf8') });
    return new AutoSyncConfig(settings, notConverted);
  }

  constructor(settings: AutoSyncSettings = {}, notConverted: readonly string[] = []) {
    warnOfConfig();
    Object.assign(this, settings);
    this.notConverted = notConverted;
  }
}

const daemonOf =
  (strategy: SyncStrategy) =>
  (options?: Options): AutoSyncDaemon =>
    new AutoSyncDaemon({ ...options, config: { strategy } });

/** @deprecated Use `AutoSyncDaemon` with the strategy ephemeral; agents of such nodes do it by themselves. */
const getEphemeralSyncDaemon = deprecated('getEphemeralSyncDaemon', daemonOf(SyncStrategy.EPHEMERAL));
/** @deprecated Use `AutoSyncDaemon` with the strategy broadcast. */
const getClusterDataSyncDaemon = deprecated('getClusterDataSyncDaemon', daemonOf(SyncStrategy.BROADCAST));
/** @deprecated Publish `TrainingStarted`. */
const getTrainingNodeWatcher = deprecated(
  'getTrainingNodeWatcher',
  (options?: Options): TrainingNodeWatcher => new TrainingNodeWatcher(open(options)),
);

/** The same as `openSync` of `drover`. */
const getSyncFacade = (options?: Options) => open(options).sync;

export {
  AutoSyncConfig,
  AutoSyncDaemon,
  getClusterDataSyncDaemon,
  getEphemeralSyncDaemon,
  getSyncFacade,
  getTrainingNodeWatcher,
  SyncCoordinator,
  SyncStrategy,
};
