import type { FairShares } from './fairness.ts';
import type { Population } from './population.ts';
import type { CampaignConfig, WorkConfig } from './work-config.ts';

/** A campaign's mix by job type: two templates of one type share its part. */
const jobTypesOf = ({ mix }: CampaignConfig, templates: WorkConfig['templates']): Record<string, number> => {
  const shares: Record<string, number> = {};
  for (const { template, share } of mix) {
    const jobType = templates[template]?.jobType;
    if (jobType !== undefined) shares[jobType] = (shares[jobType] ?? 0) + share;
  }
  return shares;
};

/**
 * Who is entitled to which part of the fleet. Pure.
 * @param campaigns of the whole, by campaign; they sum to 1
 */
const fairShares = (
  config: Pick<WorkConfig, 'campaigns' | 'templates'>,
  campaigns: Readonly<Record<string, number>>,
): FairShares => ({
  campaigns,
  jobTypes: Object.fromEntries(
    Object.entries(config.campaigns).map(([campaignId, campaign]) => [
      campaignId,
      jobTypesOf(campaign, config.templates),
    ]),
  ),
});

/** By weight alone. */
const sharesByWeight = ({ campaigns }: Pick<WorkConfig, 'campaigns'>): Record<string, number> => {
  const sum = Object.values(campaigns).reduce((total, { weight = 1 }) => total + weight, 0);
  return Object.fromEntries(
    Object.entries(campaigns).map(([campaignId, { weight = 1 }]) => [campaignId, weight / sum]),
  );
};

/**
 * As the last cycle of `populate-queue` found them, so that what is made and what is given away follow the same shares. Before the first
 * cycle that knows all campaigns: by weight.
 */
const sharesOfCycle = (
  work: Pick<WorkConfig, 'campaigns'>,
  cycle: Population | undefined,
): Record<string, number> => {
  const known = new Map(cycle?.campaigns.map(({ campaignId, entitlement }) => [campaignId, entitlement]));
  const shares = Object.keys(work.campaigns).map(
    (campaignId) => [campaignId, known.get(campaignId)] as const,
  );
  return shares.every(([, share]) => share !== undefined)
    ? Object.fromEntries(shares.map(([campaignId, share]) => [campaignId, share ?? 0]))
    : sharesByWeight(work);
};

export { fairShares, sharesByWeight, sharesOfCycle };
