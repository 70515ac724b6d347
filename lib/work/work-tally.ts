import type { WorkClass, WorkItem } from './work-item.ts';
import type { WorkCounts } from './work-store.ts';

/** Jobs that are not done: those that wait (for a node, or for other work), and those that a node has. */
interface OpenCount {
  readonly waiting: number;
  readonly running: number;
}

/** What is open of one template for one campaign. */
interface TallyRow extends OpenCount {
  readonly campaignId: string | undefined;
  readonly template: string;
  readonly jobType: string;
  readonly class: WorkClass;
}

/** All work that is not done, counted from the items themselves: there are no counters that could drift from them. */
interface WorkTally {
  readonly rows: readonly TallyRow[];
  /** What waits for a node, by class. */
  readonly pending: WorkCounts;
}

interface WorkTallies {
  /** Every page of every open status. @throws when one cannot be read: then nothing is known, and never a smaller number */
  count(): Promise<WorkTally>;
}

type TalliedItem = Pick<WorkItem, 'campaignId' | 'template' | 'jobType' | 'class' | 'status'>;

/** Counts item by item, so that no list of all of them is held. */
const createTallyCounter = () => {
  const rows = new Map<string, { row: TallyRow; waiting: number; running: number }>();
  const pending = { cpu: 0, gpu: 0, 'gpu-large': 0 };
  return {
    add: ({ campaignId, template, jobType, class: workClass, status }: TalliedItem): void => {
      const key = JSON.stringify([campaignId, template, jobType, workClass]);
      const counted = rows.get(key) ?? {
        row: { campaignId, template, jobType, class: workClass, waiting: 0, running: 0 },
        waiting: 0,
        running: 0,
      };
      rows.set(key, counted);
      if (status === 'pending') pending[workClass] += 1;
      if (status === 'pending' || status === 'blocked') counted.waiting += 1;
      if (status === 'leased' || status === 'running') counted.running += 1;
    },
    result: (): WorkTally => ({
      rows: [...rows.values()].map(({ row, waiting, running }) => ({ ...row, waiting, running })),
      pending: { ...pending },
    }),
  };
};

export type { OpenCount, TallyRow, WorkTallies, WorkTally };
export { createTallyCounter };
