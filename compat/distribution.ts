import {
  DataType,
  DistributionDaemon,
  type DistributionSettings,
} from '../lib/migration/compat/distribution-daemon.ts';
import { deprecated, warningOf } from './deprecated.ts';
import { type Options, open } from './installation.ts';

class UnifiedDistributionDaemon extends DistributionDaemon {
  constructor({ config, ...options }: Options & { readonly config: DistributionSettings }) {
    super(config, open(options));
  }
}

const warnOfConfig = warningOf('DistributionConfig');

/** @deprecated Give the settings to `UnifiedDistributionDaemon` as they are. */
class DistributionConfig implements DistributionSettings {
  readonly dataTypes: ReadonlySet<DataType>;
  readonly minVerified?: number;
  readonly deadlineSeconds?: number;

  constructor({
    dataTypes = Object.values(DataType),
    minVerified,
    deadlineSeconds,
  }: Partial<DistributionSettings> = {}) {
    warnOfConfig();
    this.dataTypes = new Set(dataTypes);
    if (minVerified !== undefined) this.minVerified = minVerified;
    if (deadlineSeconds !== undefined) this.deadlineSeconds = deadlineSeconds;
  }
}

const daemonOf =
  (dataType: DataType) =>
  (options?: Options): UnifiedDistributionDaemon =>
    new UnifiedDistributionDaemon({ ...options, config: { dataTypes: [dataType] } });

/** @deprecated Publish `ModelPromoted`. */
const createModelDistributionDaemon = deprecated('createModelDistributionDaemon', daemonOf(DataType.MODEL));
/** @deprecated Publish `DatasetPublished`. */
const createNpzDistributionDaemon = deprecated('createNpzDistributionDaemon', daemonOf(DataType.NPZ));

export {
  createModelDistributionDaemon,
  createNpzDistributionDaemon,
  DataType,
  DistributionConfig,
  UnifiedDistributionDaemon,
};
