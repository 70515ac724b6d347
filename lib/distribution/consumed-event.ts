import * as z from 'zod';
import { catalogue } from '../events/catalogue.ts';
import { envelopeSchema } from '../events/envelope.ts';

const { eventId, occurredAt } = envelopeSchema.shape;

/** The events that `dispatch-distribution` handles: those that the catalogue names it a consumer of (a test holds that). */
const consumedEventSchema = z.discriminatedUnion('name', [
  z.object({
    name: z.literal('ModelPromoted'),
    eventId,
    occurredAt,
    fields: catalogue.ModelPromoted.fields,
  }),
  z.object({
    name: z.literal('DatasetPublished'),
    eventId,
    occurredAt,
    fields: catalogue.DatasetPublished.fields,
  }),
  z.object({
    name: z.literal('TrainingProgressed'),
    eventId,
    occurredAt,
    fields: catalogue.TrainingProgressed.fields,
  }),
  z.object({
    name: z.literal('NodeActivated'),
    eventId,
    occurredAt,
    fields: catalogue.NodeActivated.fields,
  }),
  z.object({
    name: z.literal('NodeReturned'),
    eventId,
    occurredAt,
    fields: catalogue.NodeReturned.fields,
  }),
  z.object({
    name: z.literal('DeliveryVerified'),
    eventId,
    occurredAt,
    fields: catalogue.DeliveryVerified.fields,
  }),
  z.object({
    name: z.literal('DeliveryFailed'),
    eventId,
    occurredAt,
    fields: catalogue.DeliveryFailed.fields,
  }),
]);
type ConsumedEvent = z.infer<typeof consumedEventSchema>;
type ConsumedName = ConsumedEvent['name'];
type EventNamed<Name extends ConsumedName> = Extract<ConsumedEvent, { name: Name }>;

export type { ConsumedEvent, ConsumedName, EventNamed };
export { consumedEventSchema };
