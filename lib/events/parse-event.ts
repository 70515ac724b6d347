import * as z from 'zod';
import { PermanentError } from '../errors.ts';
import { isEventName } from './catalogue.ts';
import { envelopeSchema } from './envelope.ts';
import { type KnownEvent, knownEventSchema } from './known-event.ts';
import { nearEventNames } from './near-event-names.ts';

/** An event as EventBridge delivers it to a queue or a log. */
const busEventSchema = z.object({
  'detail-type': z.string(),
  source: z.string(),
  detail: z.looseObject({}),
});

const describe = (error: z.ZodError): string =>
  error.issues
    .map(({ path, message }) => {
      const place = path.filter((part) => part !== 'fields').join('.');
      return place === '' ? message : `${place}: ${message}`;
    })
    .join('; ');

const unknownName = (name: string): PermanentError => {
  const near = nearEventNames(name);
  const hint =
    near.length === 0 ? 'see docs/users/events.md for the names' : `did you mean ${near.join(' or ')}?`;
  return new PermanentError(`unknown event ${JSON.stringify(name.slice(0, 128))}: ${hint}`);
};

/**
 * Parses an event that EventBridge delivered, by its schema in the catalogue.
 * @throws PermanentError for an unknown name (with the near ones) or a malformed envelope or field (with its path)
 */
const parseEvent = (busEvent: unknown): KnownEvent => {
  const outer = busEventSchema.safeParse(busEvent);
  if (!outer.success) {
    throw new PermanentError(`not an EventBridge event: ${describe(outer.error)}`, { cause: outer.error });
  }
  const { 'detail-type': name, source, detail } = outer.data;
  if (!isEventName(name)) {
    throw unknownName(name);
  }
  const envelope = envelopeSchema.safeParse(detail);
  if (!envelope.success) {
    throw new PermanentError(
      `${name} has no proper envelope (schemaVersion 1, eventId, occurredAt as 2026-01-31T12:00:00.000Z): ${describe(envelope.error)}`,
      { cause: envelope.error },
    );
  }
  const { schemaVersion: _schemaVersion, eventId, occurredAt, ...fields } = detail;
  const parsed = knownEventSchema.safeParse({ name, source, ...envelope.data, fields });
  if (!parsed.success) {
    throw new PermanentError(`${name} is malformed: ${describe(parsed.error)}`, { cause: parsed.error });
  }
  return parsed.data;
};

export { parseEvent };
