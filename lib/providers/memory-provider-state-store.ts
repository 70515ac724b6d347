import { frozen } from '../frozen.ts';
import { toTimestamp } from '../time.ts';
import type { ProviderState } from './provider-state.ts';
import type { ProviderStateStore } from './provider-state-store.ts';

/** ProviderStateStore in memory. Answers are frozen, so that nobody can change what is stored. */
const createMemoryProviderStateStore = (): ProviderStateStore => {
  const states = new Map<string, ProviderState>();
  const leases = new Map<string, { holder: string; until: string }>();
  return {
    get: async (provider) => states.get(provider),
    list: async () => [...states.values()],
    put: async (state, expectedRevision) => {
      if (states.get(state.provider)?.revision !== expectedRevision) return false;
      states.set(
        state.provider,
        frozen(structuredClone({ ...state, revision: (expectedRevision ?? 0) + 1 })),
      );
      return true;
    },
    takeLease: async (job, provider, holder, now, until) => {
      const lease = leases.get(`${job}#${provider}`);
      if (lease !== undefined && lease.until > toTimestamp(now)) return false;
      leases.set(`${job}#${provider}`, { holder, until: toTimestamp(until) });
      return true;
    },
    releaseLease: async (job, provider, holder) => {
      const key = `${job}#${provider}`;
      if (leases.get(key)?.holder === holder) leases.delete(key);
    },
  };
};

export { createMemoryProviderStateStore };
