import type { PopulatorSettings } from '../lib/migration/compat/populator-settings.ts';
import { QueuePopulation } from '../lib/migration/compat/queue-population.ts';
import { warningOf } from './deprecated.ts';
import { type Options, open } from './installation.ts';

type PopulatorOptions = Options & { readonly config?: PopulatorSettings };

class UnifiedQueuePopulator extends QueuePopulation {
  constructor({ config = {}, ...options }: PopulatorOptions = {}) {
    super(config, open(options));
  }
}

const warnOfPopulator = warningOf('QueuePopulator');

/** @deprecated Use `UnifiedQueuePopulator`, or the section `work` of fleet.yaml. */
class QueuePopulator extends UnifiedQueuePopulator {
  constructor(options?: PopulatorOptions) {
    warnOfPopulator();
    super(options);
  }
}

const warnOfConfig = warningOf('QueuePopulatorConfig');

/** @deprecated Give the settings to `UnifiedQueuePopulator` as they are. */
class QueuePopulatorConfig implements PopulatorSettings {
  declare readonly targetElo?: number;
  declare readonly selfplayRatio?: number;
  declare readonly trainingRatio?: number;
  declare readonly tournamentRatio?: number;
  declare readonly minQueueDepth?: number;
  declare readonly maxPendingSelfplay?: number;
  declare readonly maxPendingTraining?: number;
  declare readonly maxPendingTournament?: number;

  constructor(settings: PopulatorSettings = {}) {
    warnOfConfig();
    Object.assign(this, settings);
  }
}

export { QueuePopulator, QueuePopulatorConfig, UnifiedQueuePopulator };
