import { resolveArtifact } from '../artifacts/resolve-artifact.ts';
import type { SeenEvents } from '../events/seen-events.ts';
import { derivedId } from '../ids.ts';
import { toTimestamp } from '../time.ts';
import { closeDistribution } from './announce-distributions.ts';
import type { ConsumedEvent, EventNamed } from './consumed-event.ts';
import type { DispatchPorts } from './delivery-ports.ts';
import { followPromotion } from './follow-promotion.ts';
import type { DistributionPolicy } from './policy.ts';
import { pumpDeliveries } from './pump-deliveries.ts';
import { startDistribution } from './start-distribution.ts';

const CONSUMER = 'dispatch-distribution';

const promoteModel = async (
  ports: DispatchPorts,
  { eventId, occurredAt, fields }: EventNamed<'ModelPromoted'>,
  policy: DistributionPolicy,
): Promise<void> => {
  const { artifactId } = await resolveArtifact(ports.artifacts, fields, ['model']);
  // A producer's clock that runs ahead must not outlast later promotions.
  const now = toTimestamp(ports.clock.now());
  const artifact = await ports.artifacts.markPromoted(artifactId, occurredAt < now ? occurredAt : now);
  const { minVerified, deadlineSeconds } = fields;
  const distributionId = derivedId('d', eventId, artifactId);
  const trigger = { type: 'promotion' } as const;
  await startDistribution(
    ports,
    artifact,
    { distributionId, eventId, trigger, minVerified, deadlineSeconds },
    policy,
  );
};

const publishDataset = async (
  ports: DispatchPorts,
  { eventId, fields }: EventNamed<'DatasetPublished'>,
  policy: DistributionPolicy,
): Promise<void> => {
  const artifact = await resolveArtifact(ports.artifacts, fields, ['npz']);
  const { minVerified, deadlineSeconds } = fields;
  const distributionId = derivedId('d', eventId, artifact.artifactId);
  const trigger = { type: 'dataset' } as const;
  await startDistribution(
    ports,
    artifact,
    { distributionId, eventId, trigger, minVerified, deadlineSeconds },
    policy,
  );
};

/** One prefetch per checkpoint, however often the training reports progress (sync 7.2). */
const prefetchCheckpoint = async (
  ports: DispatchPorts,
  { eventId, fields }: EventNamed<'TrainingProgressed'>,
  policy: DistributionPolicy,
): Promise<void> => {
  const { checkpointArtifactId, progressPercent } = fields;
  if (checkpointArtifactId === undefined || progressPercent < policy.prefetchAtPercent) return;
  const reference = { artifactId: checkpointArtifactId };
  const artifact = await resolveArtifact(ports.artifacts, reference, ['checkpoint', 'model']);
  const distributionId = derivedId('d', 'prefetch', artifact.artifactId);
  const trigger = { type: 'prefetch' } as const;
  await startDistribution(ports, artifact, { distributionId, eventId, trigger }, policy);
};

const welcomeNode = async (
  ports: DispatchPorts,
  { eventId, fields }: EventNamed<'NodeActivated'>,
  policy: DistributionPolicy,
): Promise<void> => {
  const trigger = { type: 'node-activated', nodeId: fields.nodeId } as const;
  for (const artifact of await ports.artifacts.listPromoted()) {
    if (artifact.storeReplica === undefined) continue;
    const distributionId = derivedId('d', eventId, artifact.artifactId);
    await startDistribution(ports, artifact, { distributionId, eventId, trigger }, policy);
  }
};

/** A promoted model that the node holds costs no distribution, only a look at its link. */
const catchUpNode = async (
  ports: DispatchPorts,
  { eventId, fields: { nodeId } }: EventNamed<'NodeReturned'>,
  policy: DistributionPolicy,
): Promise<void> => {
  const trigger = { type: 'node-returned', nodeId } as const;
  for (const artifact of await ports.artifacts.listPromoted()) {
    if (artifact.replicaNodeIds.includes(nodeId)) {
      await followPromotion(ports, artifact, nodeId, policy);
      continue;
    }
    if (artifact.storeReplica === undefined) continue;
    const distributionId = derivedId('d', eventId, artifact.artifactId);
    await startDistribution(ports, artifact, { distributionId, eventId, trigger }, policy);
  }
};

/** Closes the distributions that waited for this delivery, and follows a promotion that came while it travelled. */
const settle = async (
  ports: DispatchPorts,
  { name, fields: { artifactId, nodeId } }: EventNamed<'DeliveryVerified' | 'DeliveryFailed'>,
  policy: DistributionPolicy,
): Promise<void> => {
  const row = await ports.deliveries.get(artifactId, nodeId);
  for (const distributionId of row?.distributionIds ?? []) {
    const distribution = await ports.distributions.get(distributionId);
    if (distribution !== undefined) await closeDistribution(ports, distribution);
  }
  if (name !== 'DeliveryVerified') return;
  const artifact = await ports.artifacts.get(artifactId);
  if (artifact !== undefined) await followPromotion(ports, artifact, nodeId, policy);
};

const handle = async (
  ports: DispatchPorts,
  event: ConsumedEvent,
  policy: DistributionPolicy,
): Promise<void> => {
  switch (event.name) {
    case 'ModelPromoted':
      return promoteModel(ports, event, policy);
    case 'DatasetPublished':
      return publishDataset(ports, event, policy);
    case 'TrainingProgressed':
      return prefetchCheckpoint(ports, event, policy);
    case 'NodeActivated':
      return welcomeNode(ports, event, policy);
    case 'NodeReturned':
      return catchUpNode(ports, event, policy);
    case 'DeliveryVerified':
    case 'DeliveryFailed':
      return settle(ports, event, policy);
  }
};

/**
 * One event's effect on distributions, then the pump. Repeats are harmless: every id is derived from the event, and the
 * marker is written last, so that a crash repeats all of it.
 * @throws PermanentError when the event names an artifact that cannot be distributed
 */
const dispatchEvent = async (
  ports: DispatchPorts & { readonly seen: SeenEvents },
  event: ConsumedEvent,
  policy: DistributionPolicy,
): Promise<void> => {
  // Deliveries are looked up by state, so their events need no marker.
  const isMarked = event.name !== 'DeliveryVerified' && event.name !== 'DeliveryFailed';
  if (isMarked && (await ports.seen.wasSeen(CONSUMER, event.eventId))) return;
  await handle(ports, event, policy);
  await pumpDeliveries(ports, policy);
  if (isMarked) await ports.seen.markSeen(CONSUMER, event.eventId);
};

export { dispatchEvent };
