import type { Pace } from './pace.ts';
import type { PaceStore } from './pace-store.ts';

/** PaceStore in memory. */
const createMemoryPaceStore = (): PaceStore => {
  const paces = new Map<string, Map<string, Pace>>();
  return {
    get: async (provider, bucket) => structuredClone(paces.get(provider)?.get(bucket)),
    put: async (provider, bucket, pace, expectedRevision) => {
      const ofProvider = paces.get(provider) ?? new Map<string, Pace>();
      if (ofProvider.get(bucket)?.revision !== expectedRevision) return false;
      ofProvider.set(bucket, structuredClone({ ...pace, revision: (expectedRevision ?? 0) + 1 }));
      paces.set(provider, ofProvider);
      return true;
    },
    list: async (provider) =>
      [...(paces.get(provider) ?? [])].map(([bucket, pace]) => ({ bucket, pace: structuredClone(pace) })),
  };
};

export { createMemoryPaceStore };
