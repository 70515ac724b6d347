import type { Artifact } from '../artifacts/artifact.ts';
import { throwCollected } from '../collected-errors.ts';
import { InvariantError } from '../errors.ts';
import { derivedId } from '../ids.ts';
import { runLimited } from '../run-limited.ts';
import { closeDistribution } from './announce-distributions.ts';
import type { DispatchPorts } from './delivery-ports.ts';
import type { Distribution } from './distribution.ts';
import { ensureDeliveries } from './ensure-deliveries.ts';
import { loadTargets } from './explain-distribution.ts';
import { followPromotion } from './follow-promotion.ts';
import { type DistributionRequest, planDistribution } from './plan-distribution.ts';
import type { DistributionPolicy } from './policy.ts';

const PARALLEL_FOLLOWS = 8;

const createDistribution = async (
  ports: DispatchPorts,
  artifact: Artifact,
  request: DistributionRequest,
  policy: DistributionPolicy,
): Promise<Distribution> => {
  const existing = await ports.distributions.get(request.distributionId);
  if (existing !== undefined) return existing;
  const outcomes = await loadTargets(ports, artifact, request.trigger, policy);
  const planned = planDistribution(artifact, request, outcomes, policy, ports.clock.now());
  await ports.distributions.create(planned);
  return reread(ports, request.distributionId);
};

const reread = async (ports: DispatchPorts, distributionId: string): Promise<Distribution> => {
  const distribution = await ports.distributions.get(distributionId);
  if (distribution === undefined) throw new InvariantError(`distribution ${distributionId} vanished`);
  return distribution;
};

/** Audit row and event of a start; both ids are derived, so that a repeat is the same. */
const announceStart = async (
  ports: DispatchPorts,
  distribution: Distribution,
  bytesToTransfer: number,
): Promise<void> => {
  const { distributionId, artifactId, kind, name, version, trigger, skippedCounts } = distribution;
  const facts = {
    trigger,
    targetCount: distribution.targetNodeIds.length,
    skippedCounts,
    bytesToTransfer,
  };
  await ports.audit.record({
    auditId: derivedId('a', distributionId, 'started'),
    subject: `distribution:${distributionId}`,
    at: distribution.createdAt,
    actor: ports.actor,
    action: 'start-distribution',
    reason: trigger,
    evidence: { artifactId, name, version, eventId: distribution.eventId, ...facts },
  });
  await ports.publisher.publish([
    {
      name: 'DistributionStarted',
      eventId: derivedId('e', distributionId, 'started'),
      occurredAt: distribution.createdAt,
      fields: { distributionId, artifactId, kind, name, version, ...facts },
    },
  ]);
};

/** Nodes that hold the promoted model already get `verify` with `current`; the others get it with their `pull`. */
const followHolders = async (
  ports: DispatchPorts,
  distribution: Distribution,
  policy: DistributionPolicy,
): Promise<void> => {
  const artifact = await ports.artifacts.get(distribution.artifactId);
  if (artifact === undefined) throw new InvariantError(`artifact ${distribution.artifactId} vanished`);
  const targets = new Set(distribution.targetNodeIds);
  const holders = artifact.replicaNodeIds.filter((nodeId) => targets.has(nodeId));
  const errors = await runLimited(holders, PARALLEL_FOLLOWS, async (nodeId) => {
    await followPromotion(ports, artifact, nodeId, policy);
  });
  throwCollected(errors, `not every holder of ${artifact.artifactId} was told of its promotion`);
};

/**
 * Starts a distribution. The order of writes, each of which may be repeated:
 *
 *   1. the distribution       with its targets; a repeat of the event takes the stored ones
 *   2. the delivery rows      the sweep makes those that are missing, while the distribution runs
 *   3. `verify` to holders    ids derived from the promotion
 *   4. audit, Started event   ids derived from the distribution
 *   5. the end                when the holders suffice: `end`, audit, closing event, mark
 *
 * The caller pumps, and marks the event as seen last. The event's redelivery repeats all of it to the same effect.
 */
const startDistribution = async (
  ports: DispatchPorts,
  artifact: Artifact,
  request: DistributionRequest,
  policy: DistributionPolicy,
): Promise<Distribution> => {
  const created = await createDistribution(ports, artifact, request, policy);
  await ensureDeliveries(ports, created, policy);
  await followHolders(ports, created, policy);
  const distribution = await reread(ports, request.distributionId);
  const held = created.skippedCounts['holds-verified'] ?? 0;
  await announceStart(ports, distribution, artifact.bytes * (created.targetNodeIds.length - held));
  await closeDistribution(ports, distribution);
  return distribution;
};

export { startDistribution };
