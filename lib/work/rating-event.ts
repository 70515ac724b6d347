import * as z from 'zod';
import { catalogue } from '../events/catalogue.ts';
import { envelopeSchema } from '../events/envelope.ts';
import type { Rating } from './decide-rating.ts';

interface RatingEvent {
  readonly eventId: string;
  readonly rating: Rating;
}

/** `RatingUpdated` as `parseEvent` gives it. A rating that does not say when it was measured was measured when it was sent. */
const ratingEventSchema = z
  .object({
    name: z.literal('RatingUpdated'),
    eventId: envelopeSchema.shape.eventId,
    occurredAt: envelopeSchema.shape.occurredAt,
    fields: catalogue.RatingUpdated.fields,
  })
  .transform(
    ({ eventId, occurredAt, fields: { measuredAt = occurredAt, ...rating } }): RatingEvent => ({
      eventId,
      rating: { ...rating, measuredAt },
    }),
  );

export type { RatingEvent };
export { ratingEventSchema };
