import { PermanentError } from '../../errors.ts';
import { type SyncConfig, syncConfigSchema } from '../../sync/sync-config.ts';
import { convertConfig, type OldFile } from '../config/convert-config.ts';

/** How data goes: off nodes that can vanish, off all nodes, to all nodes, to one. `auto`: by what each node is. */
const SyncStrategy = {
  AUTO: 'auto',
  BROADCAST: 'broadcast',
  EPHEMERAL: 'ephemeral',
  HYBRID: 'hybrid',
  PULL: 'pull',
} as const;
type SyncStrategy = (typeof SyncStrategy)[keyof typeof SyncStrategy];

/**
 * What a sync daemon was configured with, as far as Drover has the like. In Drover the settings stand in the section `sync` of
 * fleet.yaml: one that is given here, and differs there, is refused when the daemon is started, for it would have no effect.
 */
interface AutoSyncSettings {
  /** Default: auto. */
  strategy?: SyncStrategy;
  /** A batch goes when its first file has waited so long; was `interval_seconds`. */
  batchSeconds?: number;
  /** Was `bandwidth_limit_mbps`, which counted megabytes. */
  bandwidthBytesPerSecond?: number;
  /** Was `max_disk_usage_percent`. */
  maxDiskUsedPercent?: number;
  /** NodeIds that `syncNow` leaves out; was `exclude_hosts`. */
  exclude?: readonly string[];
}

const COMPARED = ['batchSeconds', 'bandwidthBytesPerSecond', 'maxDiskUsedPercent'] as const;
const DEFAULTS = { batchSeconds: 60, bandwidthBytesPerSecond: undefined, maxDiskUsedPercent: 70 } as const;

/** What is given here and is otherwise in fleet.yaml, in words. */
const autoSyncDifferences = (settings: AutoSyncSettings, sync: SyncConfig): string[] =>
  COMPARED.flatMap((name) => {
    const applied = sync[name] ?? DEFAULTS[name];
    const given = settings[name];
    return given === undefined || given === applied
      ? []
      : [`sync.${name} is ${applied ?? "its provider's default"}, not ${given}`];
  });

interface ReadSettings {
  readonly settings: AutoSyncSettings;
  /** Keys of the file about sync that mean nothing here, each with where and why. */
  readonly notConverted: readonly string[];
}

/**
 * The settings that `distributed_hosts.yaml` had for sync.
 * @throws ConfigError with file, line and column of everything that is wrong
 */
const readAutoSyncSettings = (file: OldFile): ReadSettings => {
  const { fleet, leftovers } = convertConfig([file]);
  const parsed = syncConfigSchema.safeParse(fleet['sync'] ?? {});
  if (!parsed.success)
    throw new PermanentError(`${file.name} has settings of sync that fleet.yaml cannot have`, {
      cause: parsed.error,
    });
  const settings: AutoSyncSettings = { strategy: SyncStrategy.AUTO };
  for (const name of COMPARED) {
    const value = parsed.data[name];
    if (value !== undefined) settings[name] = value;
  }
  return {
    settings,
    notConverted: leftovers
      .filter(({ key }) => /^(auto_sync|sync_routing)\b/.test(key))
      .map(({ key, source, why }) => `${source} ${key}: ${why}`),
  };
};

export type { AutoSyncSettings, ReadSettings };
export { autoSyncDifferences, readAutoSyncSettings, SyncStrategy };
