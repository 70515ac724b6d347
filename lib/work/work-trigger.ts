import { PermanentError } from '../errors.ts';
import type { EventName } from '../events/catalogue.ts';

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

/** @throws PermanentError when the event is no reason to look for free slots */
const checkTrigger = (name: EventName): void => {
  if (!TRIGGERS.has(name)) throw new PermanentError(`${name} is no event after which a node may take work`);
};

export { checkTrigger };
