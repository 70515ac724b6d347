import type { EventFields, EventName } from './catalogue.ts';

/** An event to publish. Give `eventId` when it follows from an item's change, so that a repeat is the same event. */
interface NewEvent<Name extends EventName = EventName> {
  readonly name: Name;
  readonly fields: EventFields<Name>;
  readonly eventId: string;
  readonly occurredAt: string;
}

/** Puts events on the bus. */
interface Publisher {
  /**
   * Validates all, then sends in batches; entries that the bus refuses are retried one by one.
   * @throws PermanentError when an event does not match its schema (nothing was sent)
   * @throws TransientError when entries still fail after the retries; it names them
   */
  publish(events: readonly NewEvent[]): Promise<void>;
}

export type { NewEvent, Publisher };
