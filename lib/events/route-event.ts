import { parseEvent } from './parse-event.ts';
import type { Publisher } from './publisher.ts';

/**
 * Takes an event from outside: validates it and puts the same event (same eventId, same detail) on the bus under our own source.
 * A repeat publishes it again; consumers know it by its eventId.
 * @throws PermanentError when it is unknown or malformed
 */
const routeEvent = async (publisher: Publisher, busEvent: unknown): Promise<void> => {
  const { name, fields, eventId, occurredAt } = parseEvent(busEvent);
  await publisher.publish([{ name, fields, eventId, occurredAt }]);
};

export { routeEvent };
