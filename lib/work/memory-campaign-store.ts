import type { CampaignState, CampaignStore } from './campaign.ts';

/** CampaignStore in memory. */
const createMemoryCampaignStore = (): CampaignStore => {
  const stored = new Map<string, CampaignState>();
  return {
    get: async (campaignId) => structuredClone(stored.get(campaignId)),
    list: async (campaignIds) =>
      [...new Set(campaignIds)].flatMap((campaignId) => {
        const state = stored.get(campaignId);
        return state === undefined ? [] : [structuredClone(state)];
      }),
    put: async (state, expectedRevision) => {
      if (stored.get(state.campaignId)?.revision !== expectedRevision) return false;
      stored.set(state.campaignId, structuredClone({ ...state, revision: (expectedRevision ?? 0) + 1 }));
      return true;
    },
  };
};

export { createMemoryCampaignStore };
