import { addSeconds, secondsSince, toTimestamp } from '../time.ts';
import type { CampaignState, Measurement } from './campaign.ts';
import type { CampaignConfig } from './work-config.ts';

const DAY_SECONDS = 86_400;
/** Velocity looks so far back, as in the replaced system. */
const VELOCITY_WINDOW_SECONDS = 7 * DAY_SECONDS;

/** How far a campaign is. What is not known is absent; velocity and ETA steer nothing. */
interface CampaignProgress {
  readonly metric?: string;
  readonly target?: number;
  readonly best?: number;
  readonly bestAt?: string;
  /** What is still missing; 0 once the target was reached. */
  readonly gap?: number;
  readonly isMet: boolean;
  readonly measuredAt?: string;
  readonly samples?: number;
  readonly velocityPerDay?: number;
  readonly etaAt?: string;
}

/** The measurements that are not older than 7 days. */
const recentMeasurements = (measurements: readonly Measurement[], now: Date): Measurement[] =>
  measurements.filter(({ at }) => secondsSince(at, now) <= VELOCITY_WINDOW_SECONDS);

/** The least-squares slope over the last 7 days, in units per day; undefined below two instants: that is not 0. */
const velocityPerDay = (measurements: readonly Measurement[], now: Date): number | undefined => {
  const points = recentMeasurements(measurements, now).map(({ at, value }) => ({
    days: -secondsSince(at, now) / DAY_SECONDS,
    value,
  }));
  const meanOf = (numbers: readonly number[]): number =>
    numbers.reduce((sum, number) => sum + number, 0) / numbers.length;
  const middle = {
    days: meanOf(points.map(({ days }) => days)),
    value: meanOf(points.map(({ value }) => value)),
  };
  const spread = points.reduce((sum, { days }) => sum + (days - middle.days) ** 2, 0);
  // All at one instant: there is no slope.
  if (points.length < 2 || spread === 0) return undefined;
  const common = points.reduce(
    (sum, { days, value }) => sum + (days - middle.days) * (value - middle.value),
    0,
  );
  return common / spread;
};

/** The state, if it is about the metric that the campaign has now. */
const stateOfTarget = (
  { target }: Pick<CampaignConfig, 'target'>,
  state: CampaignState | undefined,
): CampaignState | undefined => (target !== undefined && state?.metric === target.metric ? state : undefined);

/** Further away than anybody plans, and than a date can be. */
const MAX_ETA_DAYS = 3650;

const etaOf = (days: number, now: Date): { etaAt?: string } =>
  days > MAX_ETA_DAYS ? {} : { etaAt: toTimestamp(addSeconds(now, days * DAY_SECONDS)) };

const describeProgress = (
  campaign: Pick<CampaignConfig, 'target'>,
  state: CampaignState | undefined,
  now: Date,
): CampaignProgress => {
  const { target } = campaign;
  if (target === undefined) return { isMet: false };
  const known = stateOfTarget(campaign, state);
  const aim = { metric: target.metric, target: target.value };
  if (known === undefined) return { ...aim, isMet: false };
  const { best, samples, measurements } = known;
  const gap = best && Math.max(0, target.value - best.value);
  const velocity = velocityPerDay(measurements, now);
  const measuredAt = measurements.at(-1)?.at;
  return {
    ...aim,
    isMet: gap === 0,
    ...(best && { best: best.value, bestAt: best.at }),
    ...(gap !== undefined && { gap }),
    ...(measuredAt !== undefined && { measuredAt }),
    ...(samples && { samples: samples.value }),
    ...(velocity !== undefined && { velocityPerDay: velocity }),
    ...(gap !== undefined && gap > 0 && velocity !== undefined && velocity > 0
      ? etaOf(gap / velocity, now)
      : {}),
  };
};

export type { CampaignProgress };
export { describeProgress, recentMeasurements, velocityPerDay };
