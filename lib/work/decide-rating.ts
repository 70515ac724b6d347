import picomatch from 'picomatch';
import { addSeconds, toTimestamp } from '../time.ts';
import {
  type CampaignState,
  MAX_MEASUREMENTS,
  type Measurement,
  type NextCampaignState,
} from './campaign.ts';
import { recentMeasurements } from './campaign-metrics.ts';
import type { CampaignConfig } from './work-config.ts';

/** One rating, as `RatingUpdated` tells of it. */
interface Rating {
  readonly campaignId: string;
  readonly metric: string;
  readonly value: number;
  readonly participant?: string | undefined;
  readonly samples?: number | undefined;
  readonly measuredAt: string;
}

type RatingReason =
  | 'better'
  | 'measured'
  | 'already-known'
  | 'participant-ignored'
  | 'other-metric'
  | 'no-target'
  | 'measured-in-future';

interface RatingDecision {
  readonly action: 'record' | 'ignore' | 'refuse';
  readonly reason: RatingReason;
  readonly evidence: { readonly message: string; readonly next?: NextCampaignState };
}

/** `*` crosses slashes: names of participants are no paths. */
const GLOB_OPTIONS = { nocase: true, dot: true, bash: true } as const;

/** Clocks of pipelines differ by seconds; beyond this a time is wrong, and would stay the newest for ever. */
const MAX_AHEAD_SECONDS = 300;

/** Leaves out the measurement that lies closest to its neighbour in time, so that what stays covers the same days. */
const thinOut = (measurements: readonly Measurement[]): Measurement[] => {
  const kept = [...measurements];
  while (kept.length > MAX_MEASUREMENTS) {
    const gaps = kept.map(({ at }, index) =>
      // The oldest and the newest stay.
      index === 0 || index === kept.length - 1
        ? Number.POSITIVE_INFINITY
        : Date.parse(at) - Date.parse(kept[index - 1]?.at ?? at),
    );
    kept.splice(gaps.indexOf(Math.min(...gaps)), 1);
  }
  return kept;
};

const recordIn = (state: CampaignState | undefined, rating: Rating, now: Date): RatingDecision => {
  const { campaignId, metric, value, samples, measuredAt: at } = rating;
  const measurement = { at, value };
  const before = state?.metric === metric ? state : undefined;
  if (before?.measurements.some((known) => known.at === at && known.value === value))
    return { action: 'ignore', reason: 'already-known', evidence: { message: `${value} of ${at} is known` } };
  const measurements = [...(before?.measurements ?? []), measurement].sort((a, b) =>
    a.at.localeCompare(b.at),
  );
  const isBetter = before?.best === undefined || value > before.best.value;
  const newest = before?.samples;
  const counted =
    samples === undefined || (newest !== undefined && newest.at > at) ? newest : { at, value: samples };
  const best = isBetter ? measurement : before?.best;
  return {
    action: 'record',
    reason: isBetter ? 'better' : 'measured',
    evidence: {
      message: isBetter
        ? `${value} is the best value of ${metric}`
        : `${value} is recorded; the best value of ${metric} stays ${before?.best?.value}`,
      next: {
        campaignId,
        metric,
        ...(best && { best }),
        measurements: thinOut(recentMeasurements(measurements, now)),
        ...(counted && { samples: counted }),
      },
    },
  };
};

/**
 * What a rating changes: the best value only rises, ignored participants change nothing, and a rating of another metric than the
 * campaign's target is none of its business. The same rating again changes nothing. Pure.
 */
const decideRating = (
  state: CampaignState | undefined,
  rating: Rating,
  campaign: Pick<CampaignConfig, 'target' | 'ignoreParticipants'>,
  now: Date,
): RatingDecision => {
  const { campaignId, metric, participant, measuredAt } = rating;
  const ignore = (reason: RatingReason, message: string): RatingDecision => ({
    action: 'ignore',
    reason,
    evidence: { message },
  });
  if (measuredAt > toTimestamp(addSeconds(now, MAX_AHEAD_SECONDS)))
    return {
      action: 'refuse',
      reason: 'measured-in-future',
      evidence: {
        message: `measuredAt (${measuredAt}) lies in the future: is the clock of the machine right, and the time in UTC?`,
      },
    };
  if (campaign.target === undefined) return ignore('no-target', `${campaignId} has no target`);
  if (campaign.target.metric !== metric)
    return ignore('other-metric', `the target of ${campaignId} is ${campaign.target.metric}, not ${metric}`);
  const glob =
    participant === undefined
      ? undefined
      : campaign.ignoreParticipants.find((pattern) => picomatch.isMatch(participant, pattern, GLOB_OPTIONS));
  if (glob !== undefined)
    return ignore('participant-ignored', `${participant} fits ${glob}, which is ignored`);
  return recordIn(state, rating, now);
};

export type { Rating, RatingDecision, RatingReason };
export { decideRating };
