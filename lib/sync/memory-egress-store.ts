import { createItemInMemory } from '../item-in-memory.ts';
import type { EgressStore, NextEgress } from './egress-store.ts';

/** EgressStore in memory. */
const createMemoryEgressStore = (): EgressStore => {
  const byDay = new Map<string, ReturnType<typeof createItemInMemory<NextEgress>>>();
  return {
    get: async (day) => await byDay.get(day)?.get(),
    put: async (egress, expectedRevision) => {
      const item = byDay.get(egress.day) ?? createItemInMemory<NextEgress>();
      byDay.set(egress.day, item);
      return await item.put(egress, expectedRevision);
    },
  };
};

export { createMemoryEgressStore };
