import type { FairShares } from './fairness.ts';
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

export { fairShares, sharesByWeight };
