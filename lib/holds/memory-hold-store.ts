import { toTimestamp } from '../time.ts';
import type { Hold } from './hold.ts';
import type { HoldStore } from './hold-store.ts';

/** HoldStore in memory. */
const createMemoryHoldStore = (): HoldStore => {
  const holds = new Map<string, Hold>();
  return {
    put: async (hold) => {
      holds.set(hold.holdId, structuredClone(hold));
    },
    listLive: async (now) =>
      [...holds.values()]
        .filter(({ expiresAt }) => expiresAt > toTimestamp(now))
        .map((hold) => structuredClone(hold)),
    release: async (holdId) => holds.delete(holdId),
  };
};

export { createMemoryHoldStore };
