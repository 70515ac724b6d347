import type { Reading } from '../health/reading.ts';
import type { CampaignState } from './campaign.ts';
import type { Population, PopulationLimit } from './population.ts';
import type { WorkCapacity } from './work-capacity.ts';
import type { WorkConfig } from './work-config.ts';
import type { WorkCounts } from './work-store.ts';
import type { WorkTally } from './work-tally.ts';

/** The queue as it is, and what left it in the last `drainWindowSeconds`. */
interface QueueDepth {
  readonly tally: WorkTally;
  readonly drained: WorkCounts;
}

/** Why nothing at all is made, in a sentence. */
interface Stop {
  readonly limit: PopulationLimit;
  readonly message: string;
}

/** What one cycle decides by. */
interface PopulationFacts {
  readonly config: WorkConfig;
  readonly states: readonly CampaignState[];
  readonly depth: Reading<QueueDepth>;
  readonly capacity: Reading<WorkCapacity>;
  /** A hold or a pause that lets no new work be made at all. */
  readonly brake: Stop | undefined;
  /** Whether a person paused this campaign. */
  readonly isHeld: (campaignId: string) => boolean;
  /** The last cycle. */
  readonly before: Population | undefined;
}

export type { PopulationFacts, QueueDepth, Stop };
