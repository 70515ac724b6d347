import type { Node } from '../nodes/node.ts';
import { type Claimant, inOrderOfClaim } from './next-share.ts';
import type { WorkItem } from './work-item.ts';

/** Who is entitled to how much. */
interface FairShares {
  /** Of the fleet, by campaign; they sum to 1. Work of no campaign, or of one without an entitlement, has a share like the mean. */
  readonly campaigns: Readonly<Record<string, number>>;
  /** Of a campaign's work, by job type. A type that is not named has a share like the mean. */
  readonly jobTypes: Readonly<Record<string, Readonly<Record<string, number>>>>;
}

/** Work that belongs to no campaign counts as one: no campaign id is empty. */
const NO_CAMPAIGN = '';

const campaignOf = ({ campaignId }: { readonly campaignId?: string | undefined }): string =>
  campaignId ?? NO_CAMPAIGN;

interface Fairness {
  /** Those of `waiting`, the one that is furthest below its share first. */
  campaigns(waiting: readonly string[]): string[];
  jobTypes(campaign: string, waiting: readonly string[]): string[];
  /** What runs of the campaign, or of one job type of it. */
  running(campaign: string, jobType?: string): number;
  /** Counts one more that runs. */
  give(item: Pick<WorkItem, 'campaignId' | 'jobType'>): void;
}

const mean = (shares: Readonly<Record<string, number>>): number => {
  const values = Object.values(shares);
  return values.length === 0 ? 1 : values.reduce((sum, share) => sum + share, 0) / values.length;
};

const order = (
  waiting: readonly string[],
  shares: Readonly<Record<string, number>>,
  running: ReadonlyMap<string, number>,
): string[] => {
  const other = mean(shares);
  const claimants = waiting.map(
    (key): Claimant => ({
      key,
      share: Object.hasOwn(shares, key) ? (shares[key] ?? other) : other,
      has: running.get(key) ?? 0,
    }),
  );
  return inOrderOfClaim(claimants);
};

/** Who gets the next slot, from what runs under leases now. */
const createFairness = (
  nodes: readonly Pick<Node, 'leases'>[],
  { campaigns, jobTypes }: FairShares,
): Fairness => {
  const byCampaign = new Map<string, number>();
  const byJobType = new Map<string, Map<string, number>>();
  const give = ({
    campaignId,
    jobType,
  }: {
    campaignId?: string | undefined;
    jobType?: string | undefined;
  }) => {
    const campaign = campaignOf({ campaignId });
    byCampaign.set(campaign, (byCampaign.get(campaign) ?? 0) + 1);
    if (jobType === undefined) return;
    const types = byJobType.get(campaign) ?? new Map<string, number>();
    types.set(jobType, (types.get(jobType) ?? 0) + 1);
    byJobType.set(campaign, types);
  };
  for (const { leases } of nodes) for (const lease of Object.values(leases)) give(lease);
  return {
    campaigns: (waiting) => order(waiting, campaigns, byCampaign),
    jobTypes: (campaign, waiting) =>
      order(waiting, jobTypes[campaign] ?? {}, byJobType.get(campaign) ?? new Map()),
    running: (campaign, jobType) =>
      (jobType === undefined ? byCampaign.get(campaign) : byJobType.get(campaign)?.get(jobType)) ?? 0,
    give,
  };
};

export type { Fairness, FairShares };
export { campaignOf, createFairness };
