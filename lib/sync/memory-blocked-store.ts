import type { Blocked, BlockedStore } from './blocked-store.ts';

/** BlockedStore in memory. */
const createMemoryBlockedStore = (): BlockedStore => {
  let item: Blocked | undefined;
  return {
    get: async () => structuredClone(item),
    put: async (since, expectedRevision) => {
      if (item?.revision !== expectedRevision) return false;
      item = structuredClone({ since, revision: (expectedRevision ?? 0) + 1 });
      return true;
    },
  };
};

export { createMemoryBlockedStore };
