import type { EventFields } from '../events/catalogue.ts';
import type { NewEvent } from '../events/publisher.ts';
import { derivedId } from '../ids.ts';
import { toTimestamp } from '../time.ts';
import { decideCompletion } from './decide-completion.ts';
import type { DispatchPorts } from './delivery-ports.ts';
import type { Distribution } from './distribution.ts';

type AnnouncePorts = Pick<DispatchPorts, 'distributions' | 'publisher' | 'audit' | 'clock' | 'actor'>;

/** The catalogue lists at most this many nodes; the count has them all. */
const MAX_MISSING_LISTED = 100;

const closingFields = (distribution: Distribution): EventFields<'DistributionCompleted'> => {
  const verified = new Set(distribution.verifiedNodeIds);
  const targets = distribution.targetNodeIds
    .filter((nodeId) => !verified.has(nodeId))
    .map((nodeId) => ({ nodeId, reason: distribution.failedNodes[nodeId] ?? 'not verified yet' }));
  const skipped = Object.entries(distribution.skippedNodes)
    .filter(([, reason]) => reason !== 'holds-verified')
    .map(([nodeId, reason]) => ({ nodeId, reason: `skipped: ${reason}` }));
  const skippedCount = Object.entries(distribution.skippedCounts)
    .filter(([reason]) => reason !== 'holds-verified')
    .reduce((sum, [, count]) => sum + count, 0);
  return {
    distributionId: distribution.distributionId,
    artifactId: distribution.artifactId,
    kind: distribution.kind,
    name: distribution.name,
    version: distribution.version,
    nodes: [...distribution.verifiedNodeIds].sort(),
    missing: [...targets, ...skipped].slice(0, MAX_MISSING_LISTED),
    missingCount: targets.length + skippedCount,
    eligibleCount: distribution.targetNodeIds.length,
    requiredVerified: distribution.requiredVerified,
  };
};

const closingEvent = (distribution: Distribution): NewEvent => ({
  name: distribution.state === 'completed' ? 'DistributionCompleted' : 'DistributionIncomplete',
  // One id per ending, so that a repeat is the same event.
  eventId: derivedId('e', distribution.distributionId, distribution.state),
  occurredAt: distribution.endedAt ?? distribution.deadlineAt,
  fields: closingFields(distribution),
});

/**
 * Says once, to effect, that a distribution ended: audit row, event, then the mark. Until the mark is written the sweep
 * does it again, with the same ids. Does nothing while it runs, or when it was announced.
 */
const announceDistribution = async (ports: AnnouncePorts, distributionId: string): Promise<void> => {
  const distribution = await ports.distributions.get(distributionId);
  if (distribution === undefined || distribution.state === 'running' || distribution.announcedAt) return;
  const event = closingEvent(distribution);
  await ports.audit.record({
    auditId: derivedId('a', distributionId, distribution.state),
    subject: `distribution:${distributionId}`,
    at: distribution.endedAt ?? toTimestamp(ports.clock.now()),
    actor: ports.actor,
    action: 'end-distribution',
    reason: distribution.state === 'completed' ? 'enough-verified' : 'deadline-passed',
    evidence: { ...closingFields(distribution) },
  });
  await ports.publisher.publish([event]);
  await ports.distributions.markAnnounced(distributionId, ports.clock.now());
};

/**
 * Ends the distribution if its targets or its deadline say so, and announces it. A conditional write decides who ends it;
 * one that loses to a newer write leaves the distribution to that write's event, or to the next sweep.
 */
const closeDistribution = async (ports: AnnouncePorts, distribution: Distribution): Promise<void> => {
  const { distributionId, revision } = distribution;
  const now = ports.clock.now();
  const decision = decideCompletion(distribution, now);
  if (decision.action === 'complete') await ports.distributions.complete(distributionId, now);
  else if (decision.action !== 'wait') await ports.distributions.giveUp(distributionId, revision, now);
  if (decision.action !== 'wait' || decision.reason === 'ended') {
    await announceDistribution(ports, distributionId);
  }
};

export { announceDistribution, closeDistribution, closingEvent };
