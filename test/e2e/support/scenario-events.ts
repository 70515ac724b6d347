import { randomUUID } from 'node:crypto';
import { PutEventsCommand } from '@aws-sdk/client-eventbridge';
import type { Operator } from './operator.ts';

/** A producer outside of Drover. */
const PIPELINE = 'e2e.pipeline';
/** Whoever has the right to put events can claim to be Drover. */
const CANONICAL = 'drover';

interface RawEvent {
  readonly source: string;
  readonly name: string;
  readonly fields?: Readonly<Record<string, unknown>>;
}

/** Puts one event on the bus as any program can, with a proper envelope; answers its eventId. */
const putEvent = async (operator: Operator, { source, name, fields }: RawEvent): Promise<string> => {
  const eventId = randomUUID();
  const detail = { schemaVersion: 1, eventId, occurredAt: new Date().toISOString(), ...fields };
  const entry = {
    EventBusName: operator.profile.eventBusName,
    Source: source,
    DetailType: name,
    Detail: JSON.stringify(detail),
  };
  const { FailedEntryCount } = await operator.clients.events.send(new PutEventsCommand({ Entries: [entry] }));
  if (FailedEntryCount !== 0) throw new Error(`the bus refused ${name} from ${source}`);
  return eventId;
};

export { CANONICAL, PIPELINE, putEvent };
