import { PermanentError } from '../errors.ts';
import type { EventName } from '../events/catalogue.ts';
import type { KnownEvent } from '../events/known-event.ts';
import { workIdSchema } from './work-item.ts';

/** Events after which a node may take work that it did not take before: those that the catalogue names `dispatch-work` a consumer of (a test holds that). */
const TRIGGERS: ReadonlySet<EventName> = new Set<EventName>([
  'NodeActivated',
  'NodeHealthChanged',
  'WorkSubmitted',
  'WorkSucceeded',
  'WorkFailed',
  'WorkReturned',
  'WorkCancelled',
]);

interface Trigger {
  /** Work that ended: others may wait for it. */
  readonly endedWorkId?: string;
}

/** @throws PermanentError when the event is no reason to look for free slots */
const triggerOf = (event: KnownEvent): Trigger => {
  if (!TRIGGERS.has(event.name))
    throw new PermanentError(`${event.name} is no event after which a node may take work`);
  switch (event.name) {
    case 'WorkSucceeded':
    case 'WorkFailed':
    case 'WorkCancelled':
      return { endedWorkId: workIdSchema.parse(event.fields['workId']) };
    default:
      return {};
  }
};

export type { Trigger };
export { triggerOf };
