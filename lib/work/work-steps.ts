import { addSeconds, toTimestamp } from '../time.ts';
import { LEASE_SECONDS, START_SECONDS } from './lease-times.ts';
import type { SettledLease, WorkItem } from './work-item.ts';
import type { WorkFailureClass, WorkReport } from './work-report.ts';

type Succeeded = Extract<WorkReport, { state: 'succeeded' }>;

const FIRST_RETRY_SECONDS = 30;
const LONGEST_RETRY_SECONDS = 900;
/** A node where work failed gets it no more for so long, times the failures (events-and-queue.md 2.6). */
const AVOID_SECONDS = 600;
/** Work that comes back again and again by no fault of its own may well kill its nodes: then somebody has to look. */
const MAX_RETURNS = 20;
const RETURNS_WITHOUT_DELAY = 3;
const RETURN_DELAY_SECONDS = 30;
const KEPT_FAILURES = 20;

/** The attempt that a lease is for: it counts once the work starts. */
const attemptOf = ({ attempts, lease }: Pick<WorkItem, 'attempts' | 'lease'>): number =>
  lease?.startedAt === undefined ? attempts + 1 : attempts;

/** The item without a lease, which ended so. The attempt stays counted where it is one. */
const settle = (item: WorkItem, as: SettledLease['as'], reason: string, now: Date): WorkItem => {
  const { lease, ...rest } = item;
  if (lease === undefined) return rest;
  const { token, nodeId } = lease;
  return {
    ...rest,
    settled: { token, nodeId, attempt: attemptOf(item), as, reason, at: toTimestamp(now) },
  };
};

const end = (item: WorkItem, status: 'succeeded' | 'failed' | 'cancelled', now: Date): WorkItem => {
  const at = toTimestamp(now);
  // Ended work is counted by its end.
  return { ...item, status, endedAt: at, availableAt: at };
};

/** Marks the item as given to a node. The node item has the lease already: it decides. */
const leaseItem = (item: WorkItem, lease: { token: string; nodeId: string }, now: Date): WorkItem => ({
  ...item,
  status: 'leased',
  lease: {
    ...lease,
    grantedAt: toTimestamp(now),
    startBy: toTimestamp(addSeconds(now, START_SECONDS)),
  },
});

/** The program runs: from here on the attempt counts. */
const startItem = (item: WorkItem, startedAt: string): WorkItem =>
  item.lease === undefined || item.lease.startedAt !== undefined
    ? item
    : { ...item, status: 'running', attempts: attemptOf(item), lease: { ...item.lease, startedAt } };

const succeedItem = (
  item: WorkItem,
  { durationSeconds, evidence, outputs }: Pick<Succeeded, 'durationSeconds' | 'evidence' | 'outputs'>,
  now: Date,
): WorkItem => {
  const nodeId = item.lease?.nodeId;
  const started = startItem(item, toTimestamp(now));
  return end(
    {
      ...settle(started, 'succeeded', 'done', now),
      ...(nodeId === undefined
        ? {}
        : { result: { nodeId, durationSeconds, evidence, outputCount: outputs.length } }),
    },
    'succeeded',
    now,
  );
};

const cancelItem = (item: WorkItem, reason: string, now: Date): WorkItem =>
  end({ ...settle(item, 'cancelled', reason, now), endReason: reason }, 'cancelled', now);

const retrySeconds = (attempts: number): number =>
  Math.min(LONGEST_RETRY_SECONDS, FIRST_RETRY_SECONDS * 2 ** (attempts - 1));

const failuresOn = ({ failures }: WorkItem, nodeId: string): number =>
  failures.filter((failure) => failure.nodeId === nodeId).length;

/** An attempt failed: another one later and elsewhere, or the end. */
const failItem = (
  item: WorkItem,
  failure: { readonly class: WorkFailureClass; readonly message: string },
  now: Date,
): WorkItem => {
  const started = startItem(item, toTimestamp(now));
  const nodeId = item.lease?.nodeId;
  const failed: WorkItem = {
    ...started,
    failures: [
      ...started.failures,
      {
        attempt: Math.max(1, started.attempts),
        ...(nodeId === undefined ? {} : { nodeId }),
        at: toTimestamp(now),
        ...failure,
      },
    ].slice(-KEPT_FAILURES),
  };
  if (item.cancelRequestedBy !== undefined)
    return cancelItem(failed, `cancelled by ${item.cancelRequestedBy}`, now);
  const isLast = failure.class === 'permanent' || started.attempts >= started.maxAttempts;
  if (isLast) return end(settle(failed, 'failed', failure.class, now), 'failed', now);
  const avoidUntil = (id: string): string =>
    toTimestamp(addSeconds(now, AVOID_SECONDS * failuresOn(failed, id)));
  return {
    ...settle(failed, 'retried', failure.class, now),
    status: 'pending',
    availableAt: toTimestamp(addSeconds(now, retrySeconds(started.attempts))),
    avoid: nodeId === undefined ? item.avoid : { ...item.avoid, [nodeId]: avoidUntil(nodeId) },
  };
};

/**
 * The work comes back by no fault of its own, and waits again: what was counted as an attempt is counted no more.
 * @param avoidSeconds the node gets it no more for so long
 */
const returnItem = (item: WorkItem, reason: string, now: Date, avoidSeconds = 0): WorkItem => {
  const { nodeId, startedAt } = item.lease ?? {};
  const attempts = startedAt === undefined ? item.attempts : item.attempts - 1;
  const returns = item.returns + 1;
  if (item.cancelRequestedBy !== undefined)
    return cancelItem({ ...item, returns }, `cancelled by ${item.cancelRequestedBy}`, now);
  if (returns > MAX_RETURNS) {
    const message = `came back ${returns} times without a failure of its own, last because of ${reason}: does it kill its nodes?`;
    const failure = {
      attempt: Math.max(1, attemptOf(item)),
      ...(nodeId === undefined ? {} : { nodeId }),
      at: toTimestamp(now),
      class: 'preempted' as const,
      message,
    };
    const failures = [...item.failures, failure].slice(-KEPT_FAILURES);
    return end({ ...settle(item, 'failed', 'preempted', now), returns, failures }, 'failed', now);
  }
  const delaySeconds = Math.min(
    LEASE_SECONDS,
    RETURN_DELAY_SECONDS * Math.max(0, returns - RETURNS_WITHOUT_DELAY),
  );
  return {
    ...settle(item, 'returned', reason, now),
    attempts,
    returns,
    status: 'pending',
    availableAt: toTimestamp(addSeconds(now, delaySeconds)),
    avoid:
      nodeId === undefined || avoidSeconds === 0
        ? item.avoid
        : { ...item.avoid, [nodeId]: toTimestamp(addSeconds(now, avoidSeconds)) },
  };
};

export { attemptOf, cancelItem, failItem, leaseItem, MAX_RETURNS, returnItem, startItem, succeedItem };
