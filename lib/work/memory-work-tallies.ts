import { OPEN_STATUSES, workClassSchema } from './work-item.ts';
import type { WorkStore } from './work-store.ts';
import { createTallyCounter, type WorkTallies } from './work-tally.ts';

/** WorkTallies over a WorkStore in memory. */
const createMemoryWorkTallies = (work: Pick<WorkStore, 'listByStatus'>): WorkTallies => ({
  count: async () => {
    const counter = createTallyCounter();
    for (const status of OPEN_STATUSES)
      for (const workClass of workClassSchema.options)
        for (const item of await work.listByStatus(status, workClass)) counter.add(item);
    return counter.result();
  },
});

export { createMemoryWorkTallies };
