import { type EventBridgeClient, PutEventsCommand } from '@aws-sdk/client-eventbridge';
import { PermanentError, TransientError } from '../errors.ts';
import { systemWait, type Wait } from '../wait.ts';
import { knownEventSchema } from './known-event.ts';
import type { NewEvent, Publisher } from './publisher.ts';
import { batchEntries, entryBytes, MAX_REQUEST_BYTES, type SizedEntry } from './put-events-size.ts';

interface EventBridgePublisherOptions {
  readonly client: Pick<EventBridgeClient, 'send'>;
  readonly busName: string;
  /** `drover` or `drover.<component>` for canonical events; anything else goes through `route-events`. */
  readonly source: string;
  readonly wait?: Wait;
}

interface Entry extends SizedEntry {
  readonly EventBusName: string;
  readonly eventId: string;
}

/** Waits before each repeat of an entry that the bus refused; a Lambda has seconds, the queue behind it has the long patience. */
const RETRY_DELAYS_MILLISECONDS = [100, 400, 1600];

/** The entry of one event, as `PutEvents` takes it. @throws PermanentError when the event does not match its schema or is too large */
const toEntry = (event: NewEvent, busName: string, source: string): Entry => {
  const parsed = knownEventSchema.safeParse({ ...event, source });
  if (!parsed.success) {
    const paths = parsed.error.issues.map(({ path, message }) => `${path.join('.')}: ${message}`).join('; ');
    throw new PermanentError(`event ${event.name} (${event.eventId}) does not match its schema: ${paths}`, {
      cause: parsed.error,
    });
  }
  const { name, eventId, occurredAt, fields } = parsed.data;
  const entry = {
    EventBusName: busName,
    Source: source,
    DetailType: name,
    Detail: JSON.stringify({ ...fields, schemaVersion: 1, eventId, occurredAt }),
    eventId,
  };
  if (entryBytes(entry) > MAX_REQUEST_BYTES) {
    throw new PermanentError(
      `event ${name} (${eventId}) has ${entryBytes(entry)} bytes, EventBridge takes ${MAX_REQUEST_BYTES}: put the data into an artifact and name it`,
    );
  }
  return entry;
};

/** The entries of one call that the bus did not take, each with why. A failed call fails all of them. */
const putEntries = async (
  client: Pick<EventBridgeClient, 'send'>,
  entries: readonly Entry[],
): Promise<{ entry: Entry; reason: string; cause?: unknown }[]> => {
  try {
    const { Entries = [] } = await client.send(
      new PutEventsCommand({ Entries: entries.map(({ eventId: _eventId, ...entry }) => entry) }),
    );
    return entries.flatMap((entry, index) => {
      const answer = Entries[index];
      return answer?.EventId !== undefined && answer.ErrorCode === undefined
        ? []
        : [{ entry, reason: answer?.ErrorCode ?? 'no answer for this entry' }];
    });
  } catch (cause) {
    return entries.map((entry) => ({
      entry,
      reason: cause instanceof Error ? cause.message : String(cause),
      cause,
    }));
  }
};

/** The Publisher on EventBridge. */
const createEventBridgePublisher = (options: EventBridgePublisherOptions): Publisher => {
  const { client, busName, source, wait = systemWait } = options;

  const retryOne = async (entry: Entry, firstReason: string): Promise<string | undefined> => {
    let reason: string | undefined = firstReason;
    for (const delay of RETRY_DELAYS_MILLISECONDS) {
      await wait(delay);
      const [failure] = await putEntries(client, [entry]);
      if (failure === undefined) {
        return undefined;
      }
      reason = failure.reason;
    }
    return reason;
  };

  return {
    publish: async (events) => {
      const entries = events.map((event) => toEntry(event, busName, source));
      const lost: string[] = [];
      const causes: unknown[] = [];
      for (const batch of batchEntries(entries)) {
        const refused = await putEntries(client, batch);
        // Each by itself, but side by side: ten refused entries wait no longer than one.
        await Promise.all(
          refused.map(async ({ entry, reason, cause }) => {
            const last = await retryOne(entry, reason);
            if (last !== undefined) {
              lost.push(`${entry.DetailType} ${entry.eventId} (${last})`);
              causes.push(cause);
            }
          }),
        );
      }
      if (lost.length > 0) {
        throw new TransientError(`the bus ${busName} did not take: ${lost.join(', ')}: publish them again`, {
          cause: causes.find((cause) => cause !== undefined),
        });
      }
    },
  };
};

export type { EventBridgePublisherOptions };
export { createEventBridgePublisher };
