import { campaignOf } from './fairness.ts';
import type { WorkItem } from './work-item.ts';

/** Whether a node takes an item; items of one kind are equal to it, so it need only look once. */
type Takes = (item: WorkItem, kind: string) => boolean;

/** What waits, in the order in which it is given out. */
interface Candidates {
  size(): number;
  /** The oldest of the urgent lane that is taken. */
  firstUrgent(takes: Takes): WorkItem | undefined;
  /** Campaigns of which something waits in the normal lane. */
  campaigns(): string[];
  jobTypes(campaign: string): string[];
  /** The oldest of that campaign and job type that is taken. */
  first(campaign: string, jobType: string, takes: Takes): WorkItem | undefined;
  /** Since when the oldest work of the campaign, or of one job type of it, waits. */
  waitsSince(campaign: string, jobType?: string): string | undefined;
  take(item: WorkItem): void;
}

type Queue = Map<string, { readonly kind: string; readonly waiting: WorkItem[] }>;

/** All of an item that decides where it fits. */
const kindOf = ({ workId, campaignId, jobType, template, templateDigest, requires, lane, avoid }: WorkItem) =>
  JSON.stringify([
    campaignId,
    jobType,
    template,
    templateDigest,
    requires,
    lane,
    // It failed somewhere: it is of its own kind.
    Object.keys(avoid).length === 0 ? null : workId,
  ]);

const byAge = (one: WorkItem, other: WorkItem): number =>
  one.availableAt.localeCompare(other.availableAt) || one.workId.localeCompare(other.workId);

/** The oldest item of the kinds that are taken: each kind is asked once. */
const firstOf = (queue: Queue | undefined, takes: Takes): WorkItem | undefined => {
  let oldest: WorkItem | undefined;
  for (const { kind, waiting } of queue?.values() ?? []) {
    const [item] = waiting;
    if (item === undefined || (oldest !== undefined && byAge(oldest, item) < 0)) continue;
    if (takes(item, kind)) oldest = item;
  }
  return oldest;
};

const oldestIn = (queues: Iterable<Queue>): string | undefined => {
  let oldest: string | undefined;
  for (const queue of queues)
    for (const { waiting } of queue.values()) {
      const since = waiting[0]?.availableAt;
      if (since !== undefined && (oldest === undefined || since < oldest)) oldest = since;
    }
  return oldest;
};

const createCandidates = (items: readonly WorkItem[]): Candidates => {
  const urgent: Queue = new Map();
  const normal = new Map<string, Map<string, Queue>>();
  const queueOf = (item: WorkItem): Queue => {
    if (item.lane === 'urgent') return urgent;
    const campaign = campaignOf(item);
    const types = normal.get(campaign) ?? new Map<string, Queue>();
    normal.set(campaign, types);
    const queue = types.get(item.jobType) ?? new Map();
    types.set(item.jobType, queue);
    return queue;
  };
  for (const item of [...items].sort(byAge)) {
    const queue = queueOf(item);
    const kind = kindOf(item);
    const entry = queue.get(kind) ?? { kind, waiting: [] };
    entry.waiting.push(item);
    queue.set(kind, entry);
  }
  let size = items.length;
  return {
    size: () => size,
    firstUrgent: (takes) => firstOf(urgent, takes),
    campaigns: () => [...normal.keys()],
    jobTypes: (campaign) => [...(normal.get(campaign)?.keys() ?? [])],
    first: (campaign, jobType, takes) => firstOf(normal.get(campaign)?.get(jobType), takes),
    waitsSince: (campaign, jobType) => {
      const types = normal.get(campaign);
      const queue = jobType === undefined ? undefined : types?.get(jobType);
      return oldestIn(jobType === undefined ? (types?.values() ?? []) : queue === undefined ? [] : [queue]);
    },
    take: (item) => {
      const queue = queueOf(item);
      const kind = kindOf(item);
      const waiting = queue.get(kind)?.waiting ?? [];
      waiting.shift();
      size -= 1;
      if (waiting.length === 0) queue.delete(kind);
      if (queue === urgent || queue.size > 0) return;
      const types = normal.get(campaignOf(item));
      types?.delete(item.jobType);
      if (types?.size === 0) normal.delete(campaignOf(item));
    },
  };
};

export type { Candidates, Takes };
export { createCandidates };
