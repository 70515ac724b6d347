import type { Node } from '../nodes/node.ts';
import { type Candidates, createCandidates } from './candidates.ts';
import { createFairness, type Fairness, type FairShares } from './fairness.ts';
import { lateFirst } from './late-first.ts';
import { type FitContext, freeSlots, itemRefusal, nodeRefusal, type RefusalReason } from './node-fit.ts';
import type { WorkItem } from './work-item.ts';

interface AssignmentSnapshot {
  /** Every node that may be given work. */
  readonly nodes: readonly Node[];
  /** What waits and is available. */
  readonly items: readonly WorkItem[];
  readonly fit: FitContext;
  readonly shares: FairShares;
}

interface Assignment {
  readonly nodeId: string;
  readonly item: WorkItem;
}

interface AssignmentDecision {
  readonly assignments: readonly Assignment[];
  /** How often each reason kept a node from work, or one kind of item from a node with a free slot. */
  readonly refusals: Partial<Record<RefusalReason, number>>;
}

type Count = (reason: RefusalReason) => void;

/** The node as it will be with one lease more. */
const withLease = (node: Node, { workId, attempts, requires, jobType, campaignId }: WorkItem): Node => ({
  ...node,
  leases: {
    ...node.leases,
    [workId]: {
      workId,
      attempt: attempts + 1,
      leaseUntil: node.enrolledAt,
      gpus: requires.gpus,
      jobType,
      ...(campaignId === undefined ? {} : { campaignId }),
    },
  },
});

/** The item that this slot should get: the urgent first, then who has waited long for nothing, then whose share is furthest below; the oldest of it. */
const pickFor = (
  node: Node,
  candidates: Candidates,
  fairness: Fairness,
  fit: FitContext,
  count: Count,
): WorkItem | undefined => {
  const refused = new Map<string, boolean>();
  const takes = (item: WorkItem, kind: string): boolean => {
    const known = refused.get(kind);
    if (known !== undefined) return !known;
    const reason = itemRefusal(node, item, fit);
    refused.set(kind, reason !== undefined);
    if (reason !== undefined) count(reason);
    return reason === undefined;
  };
  const urgent = candidates.firstUrgent(takes);
  if (urgent !== undefined) return urgent;
  const waitsSince = (campaign: string, jobType?: string): string | undefined =>
    fairness.running(campaign, jobType) > 0 ? undefined : candidates.waitsSince(campaign, jobType);
  const campaigns = fairness.campaigns(candidates.campaigns());
  for (const campaign of lateFirst(campaigns, waitsSince, fit.now)) {
    const jobTypes = fairness.jobTypes(campaign, candidates.jobTypes(campaign));
    for (const jobType of lateFirst(jobTypes, (name) => waitsSince(campaign, name), fit.now)) {
      const item = candidates.first(campaign, jobType, takes);
      if (item !== undefined) return item;
    }
  }
  return undefined;
};

/**
 * Which free slot gets which item: one slot at a time, nodes without GPUs and with the least to do first, so that work for CPUs does not
 * take what has GPUs while there is another. Pure.
 */
const decideAssignments = ({ nodes, items, fit, shares }: AssignmentSnapshot): AssignmentDecision => {
  const refusals: Partial<Record<RefusalReason, number>> = {};
  const count: Count = (reason) => {
    refusals[reason] = (refusals[reason] ?? 0) + 1;
  };
  const free: Node[] = [];
  for (const node of nodes) {
    const reason = nodeRefusal(node, fit);
    if (reason === undefined) free.push(node);
    else count(reason);
  }
  const candidates = createCandidates(items);
  const fairness = createFairness(nodes, shares);
  const assignments: Assignment[] = [];
  let round = free.sort(
    (one, other) =>
      one.capabilities.gpuCount - other.capabilities.gpuCount ||
      Object.keys(one.leases).length - Object.keys(other.leases).length ||
      (one.nodeId < other.nodeId ? -1 : 1),
  );
  while (round.length > 0 && candidates.size() > 0) {
    const next: Node[] = [];
    for (const node of round) {
      const item = pickFor(node, candidates, fairness, fit, count);
      if (item === undefined) continue;
      candidates.take(item);
      fairness.give(item);
      assignments.push({ nodeId: node.nodeId, item });
      const busier = withLease(node, item);
      if (freeSlots(busier) > 0) next.push(busier);
    }
    round = next;
  }
  return { assignments, refusals };
};

export type { Assignment, AssignmentDecision, AssignmentSnapshot };
export { decideAssignments };
