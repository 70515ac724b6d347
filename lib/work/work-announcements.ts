import { assertNever } from '../errors.ts';
import type { NewEvent } from '../events/publisher.ts';
import { derivedId } from '../ids.ts';
import type { Untold, WorkItem } from './work-item.ts';

type Settled = Extract<Untold, { what: 'settled' }>;

const aboutWork = ({ workId, campaignId, jobType, class: workClass }: WorkItem) => ({
  workId,
  ...(campaignId === undefined ? {} : { campaignId }),
  jobType,
  class: workClass,
});

/** How a lease ended. */
const settledEvent = (item: WorkItem, { lease, attempts, failure, result }: Settled): NewEvent => {
  const { token, nodeId, attempt, as, reason, at: occurredAt } = lease;
  const about = aboutWork(item);
  const eventId = (name: string): string => derivedId('e', name, item.workId, token);
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
          attempts,
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
          ...(failure === undefined ? {} : { message: failure.message }),
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

/** What is to be said of new work. */
const submittedEvent = (item: WorkItem): NewEvent => ({
  name: 'WorkSubmitted',
  eventId: derivedId('e', 'WorkSubmitted', item.workId),
  occurredAt: item.createdAt,
  fields: { ...aboutWork(item), lane: item.lane },
});

/** What is to be said of a change: its id follows from the item and what happened alone, so that saying it again is the same event. */
const eventOf = (item: WorkItem, untold: Untold): NewEvent => {
  const { workId } = item;
  switch (untold.what) {
    case 'started':
      return {
        name: 'WorkStarted',
        eventId: derivedId('e', 'WorkStarted', workId, untold.token),
        occurredAt: untold.at,
        fields: { ...aboutWork(item), nodeId: untold.nodeId, attempt: untold.attempt },
      };
    case 'settled':
      return settledEvent(item, untold);
    case 'cancelled':
      return {
        name: 'WorkCancelled',
        // Which end: it may be tried again.
        eventId: derivedId('e', 'WorkCancelled', workId, untold.at),
        occurredAt: untold.at,
        fields: { ...aboutWork(item), reason: untold.reason },
      };
    case 'retried':
      // As good as new.
      return {
        ...submittedEvent(item),
        eventId: derivedId('e', 'WorkSubmitted', workId, untold.at),
        occurredAt: untold.at,
      };
    default:
      return assertNever(untold);
  }
};

export { eventOf, submittedEvent };
