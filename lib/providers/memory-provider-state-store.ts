import { toTimestamp } from '../time.ts';
import type { ProviderState } from './provider-state.ts';
import type { ProviderStateStore } from './provider-state-store.ts';

/** ProviderStateStore in memory. */
const createMemoryProviderStateStore = (): ProviderStateStore => {
  const states = new Map<string, ProviderState>();
  const leases = new Map<string, { holder: string; until: string }>();
  return {
    get: async (provider) => structuredClone(states.get(provider)),
    list: async () => [...states.values()].map((state) => structuredClone(state)),
    put: async (state, expectedRevision) => {
      if (states.get(state.provider)?.revision !== expectedRevision) return false;
      states.set(state.provider, structuredClone({ ...state, revision: (expectedRevision ?? 0) + 1 }));
      return true;
    },
    takeLease: async (provider, holder, now, until) => {
      const lease = leases.get(provider);
      if (lease !== undefined && lease.until > toTimestamp(now)) return false;
      leases.set(provider, { holder, until: toTimestamp(until) });
      return true;
    },
    releaseLease: async (provider, holder) => {
      if (leases.get(provider)?.holder === holder) leases.delete(provider);
    },
  };
};

export { createMemoryProviderStateStore };
