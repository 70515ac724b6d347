import * as z from 'zod';
import { timestampSchema } from '../time.ts';

/** What every event's `detail` begins with. */
const envelopeSchema = z.object({
  schemaVersion: z.literal(1),
  /** Given by the producer; a repeat of the same id has no further effect. */
  eventId: z.string().min(1).max(128),
  occurredAt: timestampSchema,
});
type Envelope = z.infer<typeof envelopeSchema>;

export type { Envelope };
export { envelopeSchema };
