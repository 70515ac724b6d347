import type { Egress, EgressStore } from './egress-store.ts';

/** EgressStore in memory. */
const createMemoryEgressStore = (): EgressStore => {
  const byDay = new Map<string, Egress>();
  return {
    get: async (day) => structuredClone(byDay.get(day)),
    put: async (egress, expectedRevision) => {
      if (byDay.get(egress.day)?.revision !== expectedRevision) return false;
      byDay.set(egress.day, structuredClone({ ...egress, revision: (expectedRevision ?? 0) + 1 }));
      return true;
    },
  };
};

export { createMemoryEgressStore };
