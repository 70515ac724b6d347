import * as z from 'zod';
import { catalogue } from '../events/catalogue.ts';
import { envelopeSchema } from '../events/envelope.ts';

const { eventId, occurredAt } = envelopeSchema.shape;

const event = <const Name extends string, Fields extends z.ZodObject>(
  name: Name,
  definition: { readonly fields: Fields },
) => z.object({ name: z.literal(name), eventId, occurredAt, fields: definition.fields });

/** The events that `record-outcomes` handles: those that the catalogue names it a consumer of (a test holds that). */
const outcomeEventSchema = z.discriminatedUnion('name', [
  event('TrainingFailed', catalogue.TrainingFailed),
  event('TrainingCompleted', catalogue.TrainingCompleted),
  event('EvaluationFailed', catalogue.EvaluationFailed),
  event('EvaluationCompleted', catalogue.EvaluationCompleted),
  event('PromotionFailed', catalogue.PromotionFailed),
  event('ModelPromoted', catalogue.ModelPromoted),
  event('DeliveryFailed', catalogue.DeliveryFailed),
  event('DeliveryVerified', catalogue.DeliveryVerified),
  event('DistributionIncomplete', catalogue.DistributionIncomplete),
  event('ProviderListingStale', catalogue.ProviderListingStale),
  event('WorkSucceeded', catalogue.WorkSucceeded),
  event('WorkFailed', catalogue.WorkFailed),
  event('ReplicationAlert', catalogue.ReplicationAlert),
  event('ArtifactLost', catalogue.ArtifactLost),
]);
type OutcomeEvent = z.infer<typeof outcomeEventSchema>;

export type { OutcomeEvent };
export { outcomeEventSchema };
