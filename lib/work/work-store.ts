import type { WorkClass, WorkItem, WorkStatus } from './work-item.ts';

/** How many items there are, by class; every page was read. */
type WorkCounts = Readonly<Record<WorkClass, number>>;

/** The work items. One item holds all that decides about a job, and every change is one conditional write on its revision. */
interface WorkStore {
  /** Strongly consistent. */
  get(workId: string): Promise<WorkItem | undefined>;
  /** Writes the item unless it exists; false when it did. */
  create(item: WorkItem): Promise<boolean>;
  /** Writes the item anew, one revision on, if it still has `item.revision`; false when another was faster. */
  replace(item: WorkItem): Promise<boolean>;
  /** Counts, page by page, by a COUNT query. @throws when a page cannot be read: then the depth is unknown */
  count(status: WorkStatus): Promise<WorkCounts>;
  /** The oldest first, of one status and class: candidates by index, at most `limit`. */
  listByStatus(status: WorkStatus, workClass: WorkClass, limit?: number): Promise<WorkItem[]>;
  /** The newest first. */
  listByCampaign(campaignId: string, limit: number): Promise<WorkItem[]>;
}

export type { WorkCounts, WorkStore };
