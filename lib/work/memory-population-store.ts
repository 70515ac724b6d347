import type { Population, PopulationStore } from './population.ts';

/** PopulationStore in memory. */
const createMemoryPopulationStore = (): PopulationStore => {
  let stored: Population | undefined;
  return {
    get: async () => structuredClone(stored),
    put: async (population, expectedRevision) => {
      if (stored?.revision !== expectedRevision) return false;
      stored = structuredClone({ ...population, revision: (expectedRevision ?? 0) + 1 });
      return true;
    },
  };
};

export { createMemoryPopulationStore };
