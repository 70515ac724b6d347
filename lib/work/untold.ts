import { isEnded, type Untold, type WorkItem } from './work-item.ts';

const settledIn = ({ settled, failures, attempts, result }: WorkItem): Untold[] => {
  if (settled === undefined) return [];
  const failure = failures.at(-1);
  const hasFailed = settled.as === 'failed' || settled.as === 'retried';
  return [
    {
      what: 'settled',
      lease: settled,
      attempts,
      ...(hasFailed && failure !== undefined
        ? { failure: { class: failure.class, message: failure.message } }
        : {}),
      ...(settled.as === 'succeeded' && result !== undefined
        ? { result: { durationSeconds: result.durationSeconds, outputCount: result.outputCount } }
        : {}),
    },
  ];
};

/** What is to be told of the change from one state of an item to the next. Pure. */
const untoldOf = (before: WorkItem, next: WorkItem): Untold[] => {
  const { lease, endedAt } = next;
  if (next.settled !== undefined && next.settled.token !== before.settled?.token) return settledIn(next);
  if (lease?.startedAt !== undefined && before.lease?.startedAt === undefined)
    return [
      {
        what: 'started',
        token: lease.token,
        nodeId: lease.nodeId,
        attempt: next.attempts,
        at: lease.startedAt,
      },
    ];
  if (endedAt !== undefined && before.endedAt === undefined)
    return [{ what: 'cancelled', reason: next.endReason ?? 'cancelled', at: endedAt }];
  if (isEnded(before.status) && !isEnded(next.status)) return [{ what: 'retried', at: next.availableAt }];
  return [];
};

/** The next state of an item as it is to be written: with what is to be told of the change, after what is not told yet. Pure. */
const withUntold = (before: WorkItem, next: WorkItem): WorkItem => {
  const untold = [...(before.untold ?? []), ...untoldOf(before, next)];
  return untold.length === 0 ? next : { ...next, untold };
};

export { untoldOf, withUntold };
