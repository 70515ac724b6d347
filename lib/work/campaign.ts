import * as z from 'zod';
import { timestampSchema } from '../time.ts';
import { campaignIdSchema } from './work-item.ts';

/** One measured value of a campaign's metric. */
const measurementSchema = z.object({ at: timestampSchema, value: z.number() });
type Measurement = z.infer<typeof measurementSchema>;

const MAX_MEASUREMENTS = 500;

/**
 * How a campaign stands: what `fleet.yaml` cannot say. The best value only rises; the measurements of the last 7 days give velocity
 * and ETA, which are shown and steer nothing.
 */
const campaignStateSchema = z.object({
  campaignId: campaignIdSchema,
  /** What was measured; another metric begins anew. */
  metric: z.string(),
  best: measurementSchema.optional(),
  /** Oldest first, thinned out to at most 500. */
  measurements: z.array(measurementSchema).max(MAX_MEASUREMENTS),
  /** How much data the campaign has, as the newest rating that says so reports. */
  samples: measurementSchema.optional(),
  revision: z.int().nonnegative(),
});
type CampaignState = z.infer<typeof campaignStateSchema>;
type NextCampaignState = Omit<CampaignState, 'revision'>;

interface CampaignStore {
  /** Strongly consistent. */
  get(campaignId: string): Promise<CampaignState | undefined>;
  /** Those that were ever measured, strongly consistent. */
  list(campaignIds: readonly string[]): Promise<CampaignState[]>;
  /** Writes the state if its revision is still `expectedRevision` (undefined: if there is none); false when another was faster. */
  put(state: NextCampaignState, expectedRevision: number | undefined): Promise<boolean>;
}

export type { CampaignState, CampaignStore, Measurement, NextCampaignState };
export { campaignStateSchema, MAX_MEASUREMENTS, measurementSchema };
