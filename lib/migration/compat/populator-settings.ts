import type { WorkConfig } from '../../work/work-config.ts';
import { resolveWorkPolicy } from '../../work/work-policy.ts';

/**
 * What a queue populator was configured with, as far as Drover has the like. In Drover the settings stand in fleet.yaml: one that is
 * given here, and differs there, is refused when the populator is started, for it would have no effect.
 */
interface PopulatorSettings {
  /** `target.value` of each campaign. */
  readonly targetElo?: number;
  /** What part of each campaign's mix is of this job type. */
  readonly selfplayRatio?: number;
  readonly trainingRatio?: number;
  readonly tournamentRatio?: number;
  /** `work.minimumDepth`. */
  readonly minQueueDepth?: number;
  /** `work.jobTypes.<type>.maximum`. */
  readonly maxPendingSelfplay?: number;
  readonly maxPendingTraining?: number;
  readonly maxPendingTournament?: number;
}

const RATIOS = {
  selfplayRatio: 'selfplay',
  trainingRatio: 'training',
  tournamentRatio: 'tournament',
} as const;
const MAXIMA = {
  maxPendingSelfplay: 'selfplay',
  maxPendingTraining: 'training',
  maxPendingTournament: 'tournament',
} as const;
const keysOf = <Key extends string>(record: Readonly<Record<Key, string>>): Key[] =>
  Object.keys(record).filter((key): key is Key => key in record);
/** Sums of shares miss a whole number by less. */
const ROUNDING = 1e-9;

/** What part of a campaign's work is of this job type. */
const shareOf = ({ templates, campaigns }: WorkConfig, campaignId: string, jobType: string): number =>
  (campaigns[campaignId]?.mix ?? [])
    .filter(({ template }) => templates[template]?.jobType === jobType)
    .reduce((sum, { share }) => sum + share, 0);

/** What is given here and is otherwise in fleet.yaml, in words. */
const populatorDifferences = (settings: PopulatorSettings, work: WorkConfig): string[] => {
  const differences: string[] = [];
  const compare = (path: string, applied: number | undefined, given: number | undefined): void => {
    if (given === undefined || (applied !== undefined && Math.abs(applied - given) < ROUNDING)) return;
    differences.push(`${path} is ${applied ?? 'not set'}, not ${given}`);
  };
  for (const [campaignId, { target }] of Object.entries(work.campaigns)) {
    compare(`work.campaigns.${campaignId}.target.value`, target?.value, settings.targetElo);
    for (const setting of keysOf(RATIOS)) {
      const jobType = RATIOS[setting];
      const path = `the share of ${jobType} in work.campaigns.${campaignId}.mix`;
      compare(path, shareOf(work, campaignId, jobType), settings[setting]);
    }
  }
  compare('work.minimumDepth', resolveWorkPolicy(work).minimumDepth, settings.minQueueDepth);
  for (const setting of keysOf(MAXIMA)) {
    const jobType = MAXIMA[setting];
    compare(`work.jobTypes.${jobType}.maximum`, work.jobTypes?.[jobType]?.maximum, settings[setting]);
  }
  return differences;
};

export type { PopulatorSettings };
export { populatorDifferences };
