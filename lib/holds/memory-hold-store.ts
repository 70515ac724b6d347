import { frozen } from '../frozen.ts';
import { toTimestamp } from '../time.ts';
import type { Hold } from './hold.ts';
import type { HoldStore } from './hold-store.ts';

/** HoldStore in memory. Answers are frozen, so that nobody can change what is stored. */
const createMemoryHoldStore = (): HoldStore => {
  const holds = new Map<string, Hold>();
  return {
    put: async (hold) => {
      holds.set(hold.holdId, frozen(structuredClone(hold)));
    },
    listLive: async (now) => [...holds.values()].filter(({ expiresAt }) => expiresAt > toTimestamp(now)),
    release: async (holdId) => holds.delete(holdId),
  };
};

export { createMemoryHoldStore };
