import type { Brake } from './brake.ts';
import type { BrakeStore } from './brake-store.ts';

/** BrakeStore in memory. */
const createMemoryBrakeStore = (): BrakeStore => {
  let stored: Brake | undefined;
  return {
    get: async () => structuredClone(stored),
    put: async (brake, expectedRevision) => {
      if (stored?.revision !== expectedRevision) return false;
      stored = structuredClone({ ...brake, revision: (expectedRevision ?? 0) + 1 });
      return true;
    },
  };
};

export { createMemoryBrakeStore };
