import { toTimestamp } from '../time.ts';
import type { Distribution } from './distribution.ts';
import type { DistributionStore } from './distribution-store.ts';

const newestFirst = (a: Distribution, b: Distribution): number => b.createdAt.localeCompare(a.createdAt);

/** DistributionStore in memory. */
const createMemoryDistributionStore = (): DistributionStore => {
  const items = new Map<string, Distribution>();
  const select = (matches: (item: Distribution) => boolean): Distribution[] =>
    [...items.values()].filter(matches).map((item) => structuredClone(item));
  const update = (
    distributionId: string,
    change: (item: Distribution) => Partial<Distribution> | undefined,
  ): Distribution | undefined => {
    const item = items.get(distributionId);
    const next = item === undefined ? undefined : change(item);
    if (item === undefined || next === undefined) return structuredClone(item);
    items.set(distributionId, { ...item, ...structuredClone(next), revision: item.revision + 1 });
    return structuredClone(items.get(distributionId));
  };
  return {
    get: async (distributionId) => structuredClone(items.get(distributionId)),
    create: async (distribution) => {
      if (items.has(distribution.distributionId)) return false;
      items.set(distribution.distributionId, structuredClone(distribution));
      return true;
    },
    addVerified: async (distributionId, nodeId) =>
      update(distributionId, (item) => {
        const { [nodeId]: _noLongerFailed, ...failedNodes } = item.failedNodes;
        return { verifiedNodeIds: [...new Set([...item.verifiedNodeIds, nodeId])], failedNodes };
      }),
    addFailed: async (distributionId, nodeId, reason) =>
      update(distributionId, (item) =>
        item.verifiedNodeIds.includes(nodeId)
          ? undefined
          : { failedNodes: { ...item.failedNodes, [nodeId]: reason } },
      ),
    complete: async (distributionId, at) => {
      if (items.get(distributionId)?.state !== 'running') return false;
      update(distributionId, () => ({ state: 'completed', endedAt: toTimestamp(at) }));
      return true;
    },
    giveUp: async (distributionId, revision, at) => {
      const item = items.get(distributionId);
      if (item?.state !== 'running' || item.revision !== revision) return false;
      update(distributionId, () => ({ state: 'incomplete', endedAt: toTimestamp(at) }));
      return true;
    },
    markAnnounced: async (distributionId, at) => {
      update(distributionId, () => ({ announcedAt: toTimestamp(at) }));
    },
    listOpen: async () => select((item) => item.announcedAt === undefined),
    list: async (limit) =>
      select(() => true)
        .sort(newestFirst)
        .slice(0, limit),
    listByArtifact: async (artifactId) => select((item) => item.artifactId === artifactId).sort(newestFirst),
  };
};

export { createMemoryDistributionStore };
