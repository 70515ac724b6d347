import { toTimestamp } from '../time.ts';
import type { Delivery } from './delivery.ts';
import type { DeliveryStore } from './delivery-store.ts';

/** DeliveryStore in memory. */
const createMemoryDeliveryStore = (): DeliveryStore => {
  const rows = new Map<string, Delivery>();
  const keyOf = (artifactId: string, nodeId: string): string => `${artifactId} ${nodeId}`;
  const select = (matches: (row: Delivery) => boolean): Delivery[] =>
    [...rows.values()].filter(matches).map((row) => structuredClone(row));
  return {
    get: async (artifactId, nodeId) => structuredClone(rows.get(keyOf(artifactId, nodeId))),
    create: async (delivery) => {
      const key = keyOf(delivery.artifactId, delivery.nodeId);
      if (rows.has(key)) return false;
      rows.set(key, structuredClone(delivery));
      return true;
    },
    replace: async (next) => {
      const key = keyOf(next.artifactId, next.nodeId);
      if (rows.get(key)?.revision !== next.revision - 1) return false;
      rows.set(key, structuredClone(next));
      return true;
    },
    listByArtifact: async (artifactId) => select((row) => row.artifactId === artifactId),
    listByNode: async (nodeId) => select((row) => row.nodeId === nodeId),
    listDue: async (states, dueBefore, limit) => {
      const until = toTimestamp(dueBefore);
      return select(
        (row) => states.some((state) => state === row.state) && row.dueAt !== undefined && row.dueAt <= until,
      )
        .sort((a, b) => (a.dueAt ?? '').localeCompare(b.dueAt ?? ''))
        .slice(0, limit);
    },
  };
};

export { createMemoryDeliveryStore };
