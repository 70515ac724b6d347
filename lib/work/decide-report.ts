import { assertNever } from '../errors.ts';
import { missingEvidence } from './check-evidence.ts';
import type { WorkItem } from './work-item.ts';
import type { ReleaseReason, WorkReport } from './work-report.ts';
import { attemptOf, cancelItem, failItem, returnItem, startItem, succeedItem } from './work-steps.ts';

type ReportReason =
  // Refused.
  | 'unknown-work'
  | 'not-its-lease'
  | 'wrong-attempt'
  // Nothing to write.
  | 'said-before'
  // Taken.
  | 'started'
  | 'succeeded'
  | 'evidence-missing'
  | 'failed'
  | 'released'
  | 'cancelled';

type ReportDecision =
  /** `next` is to be written. */
  | {
      readonly action: 'change';
      readonly reason: ReportReason;
      readonly evidence: { readonly next: WorkItem };
    }
  /** It was taken before: what follows from it is done once more. */
  | {
      readonly action: 'repeat';
      readonly reason: ReportReason;
      readonly evidence: { readonly next: WorkItem };
    }
  | {
      readonly action: 'refuse';
      readonly reason: ReportReason;
      readonly evidence: { readonly message: string };
    };

/** A node that ends, or cannot take the work, is not given it again at once. */
const AVOID_SECONDS: Readonly<Partial<Record<ReleaseReason, number>>> = {
  sigterm: 120,
  'spot-notice': 120,
  'no-slot': 60,
  late: 60,
  'template-unknown': 300,
};

const change = (reason: ReportReason, next: WorkItem): ReportDecision => ({
  action: 'change',
  reason,
  evidence: { next },
});

const refuse = (reason: ReportReason, message: string): ReportDecision => ({
  action: 'refuse',
  reason,
  evidence: { message },
});

/** The same report again, or the start that its end overtook. Not: what a node says of a lease that was taken from it. */
const isRepeat = ({ settled }: WorkItem, nodeId: string, { token, state }: WorkReport): boolean =>
  settled?.token === token &&
  settled.nodeId === nodeId &&
  settled.reported !== undefined &&
  (state === 'started' || state === settled.reported);

/** Remembers which report ended the lease, so that its repeat is known. */
const remember = (decision: ReportDecision, { token, state }: WorkReport): ReportDecision => {
  if (decision.action !== 'change' || state === 'started') return decision;
  const { next } = decision.evidence;
  if (next.settled?.token !== token) return decision;
  return { ...decision, evidence: { next: { ...next, settled: { ...next.settled, reported: state } } } };
};

const applyReport = (item: WorkItem, report: WorkReport, now: Date): ReportDecision => {
  switch (report.state) {
    case 'started':
      return item.lease?.startedAt === undefined
        ? change('started', startItem(item, report.startedAt))
        : { action: 'repeat', reason: 'said-before', evidence: { next: item } };
    case 'succeeded': {
      const missing = missingEvidence(item.evidence, report.evidence);
      return missing === undefined
        ? change('succeeded', succeedItem(item, report, now))
        : change('evidence-missing', failItem(item, { class: 'evidence-missing', message: missing }, now));
    }
    case 'failed':
      return change('failed', failItem(item, { class: report.failureClass, message: report.message }, now));
    case 'released':
      return report.reason === 'cancelled' && item.cancelRequestedBy !== undefined
        ? change('cancelled', cancelItem(item, `cancelled by ${item.cancelRequestedBy}`, now))
        : change('released', returnItem(item, report.reason, now, AVOID_SECONDS[report.reason]));
    default:
      return assertNever(report);
  }
};

/**
 * What a node's report about work does to the item. Only who holds the current lease changes it: a late completer is refused, and a
 * repeat is known by the lease that it ended. Pure.
 * @param nodeId the sender, as SQS proved it
 */
const decideReport = (
  item: WorkItem | undefined,
  nodeId: string,
  report: WorkReport,
  now: Date,
): ReportDecision => {
  const { token, workId, attempt, state } = report;
  if (item === undefined) return refuse('unknown-work', `there is no work ${workId}`);
  const { lease } = item;
  if (isRepeat(item, nodeId, report))
    return { action: 'repeat', reason: 'said-before', evidence: { next: item } };
  if (lease?.token !== token || lease.nodeId !== nodeId) {
    const holder = lease === undefined ? `nobody: it is ${item.status}` : lease.nodeId;
    return refuse(
      'not-its-lease',
      `${nodeId} says that ${workId} ${state} under a lease that it does not hold (any more); the work is with ${holder}`,
    );
  }
  if (attempt !== attemptOf(item))
    return refuse(
      'wrong-attempt',
      `${nodeId} tells of attempt ${attempt} of ${workId}, its lease is for attempt ${attemptOf(item)}`,
    );
  return remember(applyReport(item, report, now), report);
};

export type { ReportDecision, ReportReason };
export { decideReport };
