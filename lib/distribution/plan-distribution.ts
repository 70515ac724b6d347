import type { Artifact } from '../artifacts/artifact.ts';
import { addSeconds, toTimestamp } from '../time.ts';
import { distributionDeadlineSeconds } from './deadlines.ts';
import { requiredVerified } from './decide-completion.ts';
import { isEligible, type TargetOutcome, type TargetTrigger } from './decide-targets.ts';
import type { Distribution, SkipReason } from './distribution.ts';
import type { DistributionPolicy } from './policy.ts';

interface DistributionRequest {
  readonly distributionId: string;
  readonly eventId: string;
  readonly trigger: TargetTrigger;
  readonly minVerified?: number | undefined;
  readonly deadlineSeconds?: number | undefined;
}

/** The item keeps the reasons of this many skipped nodes; the counts have them all. */
const MAX_SKIPPED_LISTED = 200;

const isSkip = (outcome: TargetOutcome): outcome is Extract<TargetOutcome, { action: 'skip' }> =>
  outcome.action === 'skip';

const countSkipped = (outcomes: readonly TargetOutcome[]): Partial<Record<SkipReason, number>> => {
  const counts: Partial<Record<SkipReason, number>> = {};
  for (const { reason } of outcomes.filter(isSkip)) counts[reason] = (counts[reason] ?? 0) + 1;
  return counts;
};

/** The new item of a distribution, from the outcome of every node. Pure. */
const planDistribution = (
  artifact: Artifact,
  request: DistributionRequest,
  outcomes: readonly TargetOutcome[],
  policy: DistributionPolicy,
  now: Date,
): Distribution => {
  const targetNodeIds = outcomes.filter(isEligible).map(({ nodeId }) => nodeId);
  const deadlineSeconds = request.deadlineSeconds ?? distributionDeadlineSeconds(artifact.bytes, policy);
  return {
    distributionId: request.distributionId,
    artifactId: artifact.artifactId,
    kind: artifact.kind,
    name: artifact.name,
    version: artifact.version,
    bytes: artifact.bytes,
    trigger: request.trigger.type,
    eventId: request.eventId,
    state: 'running',
    createdAt: toTimestamp(now),
    deadlineAt: toTimestamp(addSeconds(now, deadlineSeconds)),
    targetNodeIds,
    verifiedNodeIds: [],
    failedNodes: {},
    requiredVerified: requiredVerified(
      request.trigger.type,
      targetNodeIds.length,
      policy,
      request.minVerified,
    ),
    skippedCounts: countSkipped(outcomes),
    skippedNodes: Object.fromEntries(
      outcomes
        .filter(isSkip)
        .slice(0, MAX_SKIPPED_LISTED)
        .map(({ nodeId, reason }) => [nodeId, reason]),
    ),
    revision: 0,
  };
};

export type { DistributionRequest };
export { countSkipped, planDistribution };
