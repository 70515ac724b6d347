import type { AppliedConfig, ConfigVersion, NextConfig, PastConfig } from './applied-config.ts';

/** The applied versions of fleet.yaml. */
interface ConfigStore {
  /**
   * What holds now, strongly consistent: version 0 with every default when nothing was ever applied.
   * @throws InvariantError when what is stored cannot be read: that is never "defaults"
   */
  current(): Promise<AppliedConfig>;
  /** Version 0 always; undefined when there never was such a version. */
  get(version: number): Promise<PastConfig | undefined>;
  /** The last versions, the newest first, without what they say. */
  list(limit: number): Promise<ConfigVersion[]>;
  /** Writes the next version if the current one still has `expectedRevision`; false when another was faster. Earlier versions stay. */
  put(next: NextConfig, expectedRevision: number): Promise<boolean>;
}

export type { ConfigStore };
