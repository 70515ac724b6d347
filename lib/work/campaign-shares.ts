import { secondsSince } from '../time.ts';
import type { CampaignState } from './campaign.ts';
import { describeProgress } from './campaign-metrics.ts';
import type { CampaignConfig } from './work-config.ts';

/** What makes one campaign's share larger than another's; each is bounded, so that none ever takes everything. */
interface ShareFactors {
  /** As written, up to 1000. */
  readonly weight: number;
  /** 1 at the target to 3 far from it; 0.1 once it was reached. */
  readonly distance: number;
  /** 1 when it was measured within the hour, to 1.5 after four hours. */
  readonly staleness: number;
  /** 1 with all the data that it wants, to 2 with none. */
  readonly deficit: number;
}

/** Met campaigns were left out for 2 to 4 weeks in the replaced system (events 5-9): a tenth keeps them measured. */
const MAINTENANCE = 0.1;
/** The replaced system's factor rose by 1 for each quarter of the target that was missing (500 of 2000), up to 3. */
const DISTANCE_PER_TARGET = 4;
const MAX_DISTANCE = 3;
/** A target, and nothing measured yet: neither near nor far, and never 0, which would keep the first run from happening (events 5-31). */
const UNKNOWN_DISTANCE = 2;
/** Its staleness began after one hour and was whole after four. */
const FRESH_SECONDS = 3600;
const STALE_SECONDS = 4 * 3600;
const MAX_STALENESS = 1.5;
/** So much of all work is divided equally, whatever the weights. */
const EQUAL_PART = 0.05;

const clamp = (value: number, low: number, high: number): number => Math.min(high, Math.max(low, value));

const distanceOf = (target: number, gap: number | undefined): number => {
  if (gap === undefined) return UNKNOWN_DISTANCE;
  const missing = target === 0 ? 1 : gap / Math.abs(target);
  return clamp(1 + missing * DISTANCE_PER_TARGET, 1, MAX_DISTANCE);
};

const stalenessOf = (measuredAt: string | undefined, now: Date): number => {
  if (measuredAt === undefined) return MAX_STALENESS;
  const late = (secondsSince(measuredAt, now) - FRESH_SECONDS) / (STALE_SECONDS - FRESH_SECONDS);
  return 1 + clamp(late, 0, 1) * (MAX_STALENESS - 1);
};

const deficitOf = (wanted: number | undefined, samples: number | undefined): number =>
  wanted === undefined || samples === undefined ? 1 : 2 - clamp(samples / wanted, 0, 1);

/** What the share of a campaign comes from. A campaign without a target has its weight alone. Pure. */
const shareFactors = (
  campaign: CampaignConfig,
  state: CampaignState | undefined,
  now: Date,
): ShareFactors => {
  const { weight = 1, target, wantedSamples } = campaign;
  if (target === undefined) return { weight, distance: 1, staleness: 1, deficit: 1 };
  const { isMet, gap, measuredAt, samples } = describeProgress(campaign, state, now);
  if (isMet) return { weight, distance: MAINTENANCE, staleness: 1, deficit: 1 };
  return {
    weight,
    distance: distanceOf(target.value, gap),
    staleness: stalenessOf(measuredAt, now),
    deficit: deficitOf(wantedSamples, samples),
  };
};

/**
 * What part of all work each campaign is entitled to; the parts sum to 1. Weighted, not by priority: nobody has to wait until another is
 * done, and everybody has a part of the twentieth that is divided equally. Pure.
 */
const entitlements = (
  campaigns: Readonly<Record<string, CampaignConfig>>,
  states: readonly CampaignState[],
  now: Date,
): Record<string, number> => {
  const known = new Map(states.map((state) => [state.campaignId, state]));
  const products = Object.entries(campaigns).map(([campaignId, campaign]): [string, number] => {
    const { weight, distance, staleness, deficit } = shareFactors(campaign, known.get(campaignId), now);
    return [campaignId, weight * distance * staleness * deficit];
  });
  const sum = products.reduce((total, [, product]) => total + product, 0);
  return Object.fromEntries(
    products.map(([campaignId, product]) => [
      campaignId,
      EQUAL_PART / products.length + (1 - EQUAL_PART) * (product / sum),
    ]),
  );
};

export type { ShareFactors };
export { entitlements, shareFactors };
