import type { Artifact } from '../artifacts/artifact.ts';
import { throwCollected } from '../collected-errors.ts';
import { runLimited } from '../run-limited.ts';
import { toTimestamp } from '../time.ts';
import type { Delivery } from './delivery.ts';
import type { DeliveryPorts } from './delivery-ports.ts';
import type { Distribution } from './distribution.ts';
import type { DistributionPolicy } from './policy.ts';
import { failureText } from './settle-delivery.ts';
import { updateDelivery } from './update-delivery.ts';

type EnsurePorts = Pick<DeliveryPorts, 'deliveries' | 'distributions' | 'artifacts' | 'clock'>;

const PARALLEL_TARGETS = 8;

const newRow = (artifact: Artifact, nodeId: string, distributionId: string, now: Date): Delivery => ({
  artifactId: artifact.artifactId,
  nodeId,
  state: 'pending',
  attempt: 0,
  attemptBase: 0,
  dueAt: toTimestamp(now),
  bytesTotal: artifact.bytes,
  distributionIds: [distributionId],
  createdAt: toTimestamp(now),
  openedAt: toTimestamp(now),
  updatedAt: toTimestamp(now),
  revision: 0,
});

/** What a row that knows this distribution says about its target. */
const mirrorRow = async (ports: EnsurePorts, row: Delivery, distributionId: string): Promise<void> => {
  if (row.state === 'verified') await ports.distributions.addVerified(distributionId, row.nodeId);
  if (row.state === 'failed') {
    await ports.distributions.addFailed(distributionId, row.nodeId, failureText(row));
  }
};

const ensureTarget = async (
  ports: EnsurePorts,
  distributionId: string,
  artifactId: string,
  nodeId: string,
  policy: DistributionPolicy,
): Promise<void> => {
  const row = await ports.deliveries.get(artifactId, nodeId);
  if (row?.distributionIds.includes(distributionId)) return mirrorRow(ports, row, distributionId);
  // Read after the row: a result is written to META first, so a verified row without a live replica has lost it.
  const artifact = await ports.artifacts.get(artifactId);
  if (artifact === undefined) return;
  if (artifact.replicaNodeIds.includes(nodeId)) {
    await ports.distributions.addVerified(distributionId, nodeId);
    return;
  }
  if (row === undefined) {
    const created = newRow(artifact, nodeId, distributionId, ports.clock.now());
    if (await ports.deliveries.create(created)) return;
  }
  const copyLost = row?.state === 'verified';
  const input = { type: 'request', distributionId, copyLost } as const;
  const step = await updateDelivery(ports, { artifactId, nodeId }, input, policy);
  if (step !== undefined) await mirrorRow(ports, step.row, distributionId);
};

/**
 * Makes sure that every target of the distribution is known to hold the artifact or has a row that this distribution waits
 * for, and copies what the rows already say into the distribution's sets. May be repeated at any time: the start does it, and
 * the sweep mends with it what a crash left undone.
 * @throws TransientError after all targets were tried
 */
const ensureDeliveries = async (
  ports: EnsurePorts,
  distribution: Distribution,
  policy: DistributionPolicy,
): Promise<void> => {
  const { distributionId, artifactId } = distribution;
  const settled = new Set(distribution.verifiedNodeIds);
  const open = distribution.targetNodeIds.filter((nodeId) => !settled.has(nodeId));
  const errors = await runLimited(open, PARALLEL_TARGETS, (nodeId) =>
    ensureTarget(ports, distributionId, artifactId, nodeId, policy),
  );
  throwCollected(errors, `not every target of distribution ${distributionId} has its delivery row yet`);
};

export { ensureDeliveries };
