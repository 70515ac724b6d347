import * as z from 'zod';
import { catalogue, type EventDefinition, type EventName } from './catalogue.ts';
import { envelopeSchema } from './envelope.ts';

/** Fields that the catalogue does not know stay: they are the producer's own and do no harm. */
const event = <Name extends EventName, Fields extends z.ZodObject>(
  name: Name,
  definition: EventDefinition<Fields>,
) =>
  z.object({
    name: z.literal(name),
    source: z.string(),
    eventId: envelopeSchema.shape.eventId,
    occurredAt: envelopeSchema.shape.occurredAt,
    fields: definition.fields.loose(),
  });

/** One event of the catalogue, parsed: `name` tells the type of `fields`. A test holds that no name is missing here. */
const knownEventSchema = z.discriminatedUnion('name', [
  event('ModelPromoted', catalogue.ModelPromoted),
  event('DatasetPublished', catalogue.DatasetPublished),
  event('TrainingProgressed', catalogue.TrainingProgressed),
  event('ArtifactRegistered', catalogue.ArtifactRegistered),
  event('NodeEnrolled', catalogue.NodeEnrolled),
  event('NodeActivated', catalogue.NodeActivated),
  event('NodeReturned', catalogue.NodeReturned),
  event('NodeBootConflict', catalogue.NodeBootConflict),
  event('NodeRevoked', catalogue.NodeRevoked),
  event('NodeLost', catalogue.NodeLost),
  event('NodePreempted', catalogue.NodePreempted),
  event('NodeUnmanaged', catalogue.NodeUnmanaged),
  event('ProviderListingStale', catalogue.ProviderListingStale),
  event('ProviderListingSuspect', catalogue.ProviderListingSuspect),
  event('BudgetReached', catalogue.BudgetReached),
  event('ReplicationAlert', catalogue.ReplicationAlert),
  event('ReplicationRepaired', catalogue.ReplicationRepaired),
  event('ArtifactLost', catalogue.ArtifactLost),
  event('NodeDrainStarted', catalogue.NodeDrainStarted),
  event('NodeDrainCancelled', catalogue.NodeDrainCancelled),
  event('NodeDrainStuck', catalogue.NodeDrainStuck),
  event('NodeTerminating', catalogue.NodeTerminating),
  event('NodeTerminationStuck', catalogue.NodeTerminationStuck),
  event('NodeTerminated', catalogue.NodeTerminated),
  event('NodeWouldBeTerminated', catalogue.NodeWouldBeTerminated),
  event('TrainingFailed', catalogue.TrainingFailed),
  event('TrainingCompleted', catalogue.TrainingCompleted),
  event('EvaluationFailed', catalogue.EvaluationFailed),
  event('EvaluationCompleted', catalogue.EvaluationCompleted),
  event('PromotionFailed', catalogue.PromotionFailed),
  event('NodeHealthChanged', catalogue.NodeHealthChanged),
  event('SystemHealthChanged', catalogue.SystemHealthChanged),
  event('PipelinePaused', catalogue.PipelinePaused),
  event('PipelineResumed', catalogue.PipelineResumed),
  event('ObserverSuspected', catalogue.ObserverSuspected),
  event('RatingUpdated', catalogue.RatingUpdated),
  event('BackpressureChanged', catalogue.BackpressureChanged),
  event('QueueStarved', catalogue.QueueStarved),
  event('WorkSubmitted', catalogue.WorkSubmitted),
  event('WorkStarted', catalogue.WorkStarted),
  event('WorkSucceeded', catalogue.WorkSucceeded),
  event('WorkFailed', catalogue.WorkFailed),
  event('WorkReturned', catalogue.WorkReturned),
  event('WorkCancelled', catalogue.WorkCancelled),
  event('DataProduced', catalogue.DataProduced),
  event('TrainingStarted', catalogue.TrainingStarted),
  event('DataStale', catalogue.DataStale),
  event('SyncRequested', catalogue.SyncRequested),
  event('SyncHeld', catalogue.SyncHeld),
  event('EgressBudgetReached', catalogue.EgressBudgetReached),
  event('DeliveryVerified', catalogue.DeliveryVerified),
  event('DeliveryFailed', catalogue.DeliveryFailed),
  event('DistributionStarted', catalogue.DistributionStarted),
  event('DistributionCompleted', catalogue.DistributionCompleted),
  event('DistributionIncomplete', catalogue.DistributionIncomplete),
]);
type KnownEvent = z.infer<typeof knownEventSchema>;

export type { KnownEvent };
export { knownEventSchema };
