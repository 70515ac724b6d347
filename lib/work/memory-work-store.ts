import { toTimestamp } from '../time.ts';
import { createGroupFilter } from './waiting-groups.ts';
import type { WorkDetails, WorkItem, WorkStatus } from './work-item.ts';
import { workItemSchema } from './work-item.ts';
import type { WorkCounts, WorkStore } from './work-store.ts';

/** WorkStore in memory. Answers are copies, as from a table. */
const createMemoryWorkStore = (): WorkStore => {
  const items = new Map<string, WorkItem>();
  const details = new Map<string, WorkDetails>();
  const select = (matches: (item: WorkItem) => boolean): WorkItem[] =>
    [...items.values()].filter(matches).map((item) => structuredClone(item));
  const count = (status: WorkStatus, since: string): WorkCounts => {
    const counted = { cpu: 0, gpu: 0, 'gpu-large': 0 };
    for (const item of items.values())
      if (item.status === status && item.availableAt >= since) counted[item.class] += 1;
    return counted;
  };
  return {
    get: async (workId) => structuredClone(items.get(workId)),
    create: async (item) => {
      if (items.has(item.workId)) return false;
      items.set(item.workId, workItemSchema.parse(item));
      return true;
    },
    replace: async (item) => {
      if (items.get(item.workId)?.revision !== item.revision) return false;
      items.set(item.workId, workItemSchema.parse({ ...item, revision: item.revision + 1 }));
      return true;
    },
    markTold: async ({ untold: _told, ...item }) => {
      if (items.get(item.workId)?.revision === item.revision)
        items.set(item.workId, workItemSchema.parse(item));
    },
    listUntold: async () => select(({ untold }) => untold !== undefined).map(({ workId }) => workId),
    count: async (status) => count(status, ''),
    countSince: async (status, since) => count(status, toTimestamp(since)),
    listByStatus: async (status, workClass, limit) =>
      select((item) => item.status === status && item.class === workClass)
        .sort((one, other) => one.availableAt.localeCompare(other.availableAt))
        .slice(0, limit),
    listWaiting: async (workClass, { perGroup, look }) =>
      select((item) => item.status === 'pending' && item.class === workClass)
        .sort((one, other) => one.availableAt.localeCompare(other.availableAt))
        .slice(0, look)
        .filter(createGroupFilter(perGroup)),
    listNewest: async (status, limit) =>
      select((item) => item.status === status)
        .sort((one, other) => other.availableAt.localeCompare(one.availableAt))
        .slice(0, limit),
    listByCampaign: async (campaignId, limit) =>
      select((item) => item.campaignId === campaignId)
        .sort((one, other) => other.createdAt.localeCompare(one.createdAt))
        .slice(0, limit),
    putDetails: async (workId, next) => {
      details.set(workId, structuredClone(next));
    },
    getDetails: async (workId) => structuredClone(details.get(workId)),
  };
};

export { createMemoryWorkStore };
