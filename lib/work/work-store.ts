import type { WorkClass, WorkDetails, WorkItem, WorkStatus } from './work-item.ts';

/** How many items there are, by class; every page was read. */
type WorkCounts = Readonly<Record<WorkClass, number>>;

interface WaitingLimits {
  readonly perGroup: number;
  readonly look: number;
}

/** The work items. One item holds all that decides about a job, and every change is one conditional write on its revision. */
interface WorkStore {
  /** Strongly consistent. */
  get(workId: string): Promise<WorkItem | undefined>;
  /** Writes the item unless it exists; false when it did. */
  create(item: WorkItem): Promise<boolean>;
  /** Writes the item anew, one revision on, if it still has `item.revision`; false when another was faster. */
  replace(item: WorkItem): Promise<boolean>;
  /** Takes `untold` off the item if it still has `item.revision`; else whoever changed it tells it. Same revision: it changes nothing else. */
  markTold(item: WorkItem): Promise<void>;
  /** Work ids of items of which something is not told yet, by index. */
  listUntold(): Promise<string[]>;
  /** Counts, page by page, by a COUNT query. @throws when a page cannot be read: then the depth is unknown */
  count(status: WorkStatus): Promise<WorkCounts>;
  /** The same for what became available at `since` or later. Ended work has its end there: so this counts what was done since. */
  countSince(status: WorkStatus, since: Date): Promise<WorkCounts>;
  /** The oldest first, of one status and class: candidates by index, at most `limit`. */
  listByStatus(status: WorkStatus, workClass: WorkClass, limit?: number): Promise<WorkItem[]>;
  /**
   * What waits of one class, the oldest first, with at most `perGroup` of each lane, campaign and job type: so a long queue of one hides
   * no other. At most `look` items are looked at.
   */
  listWaiting(workClass: WorkClass, limits: WaitingLimits): Promise<WorkItem[]>;
  /** Of one status, whatever its class: what became available, or ended, last comes first. */
  listNewest(status: WorkStatus, limit: number): Promise<WorkItem[]>;
  /** The newest first. */
  listByCampaign(campaignId: string, limit: number): Promise<WorkItem[]>;
  /** Keeps what is too long for the item, which is counted and listed often: the last attempt's. */
  putDetails(workId: string, details: WorkDetails): Promise<void>;
  getDetails(workId: string): Promise<WorkDetails | undefined>;
}

export type { WaitingLimits, WorkCounts, WorkStore };
