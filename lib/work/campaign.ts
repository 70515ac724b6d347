import * as z from 'zod';
import { timestampSchema } from '../time.ts';
import { campaignIdSchema } from './work-item.ts';

/** One measured value of a campaign's metric. */
const measurementSchema = z.object({ at: timestampSchema, value: z.number() });
type Measurement = z.infer<typeof measurementSchema>;

/**
 * How a campaign stands: what `fleet.yaml` cannot say. The best value only rises; the measurements of the last 7 days give velocity
 * and ETA, which are shown and steer nothing.
 */
const campaignStateSchema = z.object({
  campaignId: campaignIdSchema,
  best: measurementSchema.optional(),
  /** Oldest first, thinned out to at most 500. */
  measurements: z.array(measurementSchema).max(500),
  revision: z.int().nonnegative(),
});
type CampaignState = z.infer<typeof campaignStateSchema>;

interface CampaignStore {
  /** Strongly consistent. */
  get(campaignId: string): Promise<CampaignState | undefined>;
  /** All of them. */
  list(campaignIds: readonly string[]): Promise<CampaignState[]>;
  /** Writes the state if its revision is still `expectedRevision` (undefined: if there is none). */
  put(state: Omit<CampaignState, 'revision'>, expectedRevision: number | undefined): Promise<boolean>;
}

export type { CampaignState, CampaignStore, Measurement };
export { campaignStateSchema, measurementSchema };
