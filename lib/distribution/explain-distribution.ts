import type { Artifact } from '../artifacts/artifact.ts';
import type { TargetOutcome, TargetTrigger } from './decide-targets.ts';
import { decideTargets } from './decide-targets.ts';
import type { DispatchPorts } from './delivery-ports.ts';
import type { SkipReason } from './distribution.ts';
import { countSkipped, planDistribution } from './plan-distribution.ts';
import type { DistributionPolicy } from './policy.ts';

/** What a distribution would do if it started now. */
interface DistributionExplanation {
  readonly outcomes: readonly TargetOutcome[];
  readonly sendNodeIds: readonly string[];
  readonly holderNodeIds: readonly string[];
  readonly skippedCounts: Partial<Record<SkipReason, number>>;
  readonly bytesPerNode: number;
  /** All that will travel: bytes × nodes that it is sent to. */
  readonly bytesToTransfer: number;
  readonly requiredVerified: number;
  readonly deadlineAt: string;
}

type ExplainPorts = Pick<DispatchPorts, 'deliveries' | 'artifacts' | 'clock'> & {
  readonly nodes: Pick<DispatchPorts['nodes'], 'listByLifecycle'>;
};

/**
 * Decides for every node of the fleet that has not ended, on what the stores say now. The rows are read before META, which
 * results are written to first.
 * @throws when a listing is not complete: an unread node is not a skipped one
 */
const loadTargets = async (
  ports: ExplainPorts,
  artifact: Artifact,
  trigger: TargetTrigger,
  policy: DistributionPolicy,
): Promise<TargetOutcome[]> => {
  const nodes = await ports.nodes.listByLifecycle(['pending', 'active', 'draining', 'terminating']);
  const deliveries = await ports.deliveries.listByArtifact(artifact.artifactId);
  const latest = (await ports.artifacts.get(artifact.artifactId)) ?? artifact;
  return decideTargets({ artifact: latest, nodes, deliveries, policy, trigger, now: ports.clock.now() });
};

/** The plan that `models promote` shows before it starts anything: bytes, nodes, and who is skipped and why. Writes nothing. */
const explainDistribution = async (
  ports: ExplainPorts,
  artifact: Artifact,
  request: {
    readonly trigger: TargetTrigger;
    readonly minVerified?: number;
    readonly deadlineSeconds?: number;
  },
  policy: DistributionPolicy,
): Promise<DistributionExplanation> => {
  const outcomes = await loadTargets(ports, artifact, request.trigger, policy);
  const draft = { distributionId: 'not-started', eventId: 'not-started', ...request };
  const plan = planDistribution(artifact, draft, outcomes, policy, ports.clock.now());
  const sendNodeIds = outcomes.filter(({ action }) => action === 'send').map(({ nodeId }) => nodeId);
  return {
    outcomes,
    sendNodeIds,
    holderNodeIds: outcomes.filter(({ reason }) => reason === 'holds-verified').map(({ nodeId }) => nodeId),
    skippedCounts: countSkipped(outcomes.filter(({ reason }) => reason !== 'holds-verified')),
    bytesPerNode: artifact.bytes,
    bytesToTransfer: artifact.bytes * sendNodeIds.length,
    requiredVerified: plan.requiredVerified,
    deadlineAt: plan.deadlineAt,
  };
};

export type { DistributionExplanation };
export { explainDistribution, loadTargets };
