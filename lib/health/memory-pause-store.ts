import type { Pause } from './pause.ts';
import type { PauseStore } from './pause-store.ts';

/** PauseStore in memory. */
const createMemoryPauseStore = (): PauseStore => {
  let stored: Pause | undefined;
  return {
    get: async () => structuredClone(stored),
    put: async (pause, expectedRevision) => {
      if (stored?.revision !== expectedRevision) return false;
      stored = structuredClone({ ...pause, revision: (expectedRevision ?? 0) + 1 });
      return true;
    },
  };
};

export { createMemoryPauseStore };
