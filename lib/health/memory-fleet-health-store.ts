import type { Evaluation, FleetHealthStore } from './fleet-health-store.ts';

/** FleetHealthStore in memory. */
const createMemoryFleetHealthStore = (): FleetHealthStore => {
  let stored: Evaluation | undefined;
  return {
    get: async () => structuredClone(stored),
    put: async (evaluation, expectedRevision) => {
      if (stored?.revision !== expectedRevision) return false;
      stored = structuredClone({ ...evaluation, revision: (expectedRevision ?? 0) + 1 });
      return true;
    },
  };
};

export { createMemoryFleetHealthStore };
