import { assertNever } from '../errors.ts';
import type { NewEvent } from '../events/publisher.ts';
import { derivedId } from '../ids.ts';
import type { WorkItem } from './work-item.ts';

const aboutWork = ({ workId, campaignId, jobType, class: workClass }: WorkItem) => ({
  workId,
  ...(campaignId === undefined ? {} : { campaignId }),
  jobType,
  class: workClass,
});

/** What is to be said once the work runs; undefined when it does not. */
const startedEvent = (item: WorkItem): NewEvent | undefined => {
  const { workId, lease, attempts } = item;
  if (lease?.startedAt === undefined) return undefined;
  return {
    name: 'WorkStarted',
    eventId: derivedId('e', 'WorkStarted', workId, lease.token),
    occurredAt: lease.startedAt,
    fields: { ...aboutWork(item), nodeId: lease.nodeId, attempt: attempts },
  };
};

/**
 * What is to be said of how the last lease ended: derived from the item and the lease alone, so that saying it again is the same event.
 * Undefined when none ended yet.
 */
const settledEvent = (item: WorkItem): NewEvent | undefined => {
  const { workId, settled, result, failures } = item;
  if (settled === undefined) return undefined;
  const { token, nodeId, attempt, as, reason, at: occurredAt } = settled;
  const about = aboutWork(item);
  const eventId = (name: string): string => derivedId('e', name, workId, token);
  const failure = failures.at(-1);
  switch (as) {
    case 'succeeded':
      return {
        name: 'WorkSucceeded',
        eventId: eventId('WorkSucceeded'),
        occurredAt,
        fields: {
          ...about,
          nodeId,
          attempt,
          durationSeconds: result?.durationSeconds ?? 0,
          outputCount: result?.outputCount ?? 0,
        },
      };
    case 'failed':
      return {
        name: 'WorkFailed',
        eventId: eventId('WorkFailed'),
        occurredAt,
        fields: {
          ...about,
          nodeId,
          attempts: item.attempts,
          failureClass: failure?.class ?? 'permanent',
          message: failure?.message ?? reason,
        },
      };
    case 'retried':
    case 'returned':
      return {
        name: 'WorkReturned',
        eventId: eventId('WorkReturned'),
        occurredAt,
        fields: {
          ...about,
          nodeId,
          attempt,
          reason,
          ...(as === 'retried' && failure !== undefined ? { message: failure.message } : {}),
          countsAsAttempt: as === 'retried',
        },
      };
    case 'cancelled':
      return {
        name: 'WorkCancelled',
        eventId: eventId('WorkCancelled'),
        occurredAt,
        fields: { ...about, reason, nodeId },
      };
    default:
      return assertNever(as);
  }
};

/** What is to be said of work that ended without a lease; `endedAt` tells which end, for it may be tried again. */
const cancelledEvent = (item: WorkItem): NewEvent => ({
  name: 'WorkCancelled',
  eventId: derivedId('e', 'WorkCancelled', item.workId, item.endedAt ?? item.createdAt),
  occurredAt: item.endedAt ?? item.createdAt,
  fields: { ...aboutWork(item), reason: item.endReason ?? 'cancelled' },
});

/** What is to be said of new work. */
const submittedEvent = (item: WorkItem): NewEvent => ({
  name: 'WorkSubmitted',
  eventId: derivedId('e', 'WorkSubmitted', item.workId),
  occurredAt: item.createdAt,
  fields: { ...aboutWork(item), lane: item.lane },
});

/** Work that is to be tried again is as good as new. */
const retriedEvent = (item: WorkItem): NewEvent => ({
  ...submittedEvent(item),
  eventId: derivedId('e', 'WorkSubmitted', item.workId, item.availableAt),
  occurredAt: item.availableAt,
});

export { cancelledEvent, retriedEvent, settledEvent, startedEvent, submittedEvent };
