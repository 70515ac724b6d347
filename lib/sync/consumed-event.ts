import * as z from 'zod';
import { envelopeSchema } from '../events/envelope.ts';
import { syncEvents } from '../events/sync-events.ts';

const { eventId, occurredAt } = envelopeSchema.shape;
const envelope = { eventId, occurredAt };

/** The events that `dispatch-sync` handles: those that the catalogue names it a consumer of (a test holds that). */
const consumedSyncEventSchema = z.discriminatedUnion('name', [
  z.object({ ...envelope, name: z.literal('DataProduced'), fields: syncEvents.DataProduced.fields }),
  z.object({ ...envelope, name: z.literal('TrainingStarted'), fields: syncEvents.TrainingStarted.fields }),
  z.object({ ...envelope, name: z.literal('DataStale'), fields: syncEvents.DataStale.fields }),
  z.object({ ...envelope, name: z.literal('SyncRequested'), fields: syncEvents.SyncRequested.fields }),
]);
type ConsumedSyncEvent = z.infer<typeof consumedSyncEventSchema>;
type SyncEventNamed<Name extends ConsumedSyncEvent['name']> = Extract<ConsumedSyncEvent, { name: Name }>;

export type { ConsumedSyncEvent, SyncEventNamed };
export { consumedSyncEventSchema };
