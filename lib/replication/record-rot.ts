import type { ArtifactStore } from '../artifacts/artifact-store.ts';
import type { AuditStore } from '../audit/audit-row.ts';
import type { DeliveryPorts } from '../distribution/delivery-ports.ts';
import { distributionPolicySchema } from '../distribution/policy.ts';
import { updateDelivery } from '../distribution/update-delivery.ts';
import type { Rot } from '../nodes/rot.ts';
import { toTimestamp } from '../time.ts';

interface RotPorts extends Pick<DeliveryPorts, 'deliveries' | 'clock'> {
  readonly artifacts: Pick<ArtifactStore, 'get' | 'dropNodeReplica'>;
  readonly audit: AuditStore;
}

const policy = distributionPolicySchema.parse({});

/**
 * A node's copy rotted: it counts no longer. What was delivered to the node is delivered again, if the store has it; the rest is up to
 * repair. Harmless when repeated.
 */
const recordRot = async (
  ports: RotPorts,
  report: { readonly reportId: string; readonly nodeId: string; readonly rot: Rot },
  sentAt: Date,
): Promise<void> => {
  const { nodeId, rot } = report;
  const { artifactId, path, bytes } = rot;
  const artifact = await ports.artifacts.get(artifactId);
  if (artifact === undefined) return;
  await ports.audit.record({
    auditId: report.reportId,
    subject: `artifact:${artifactId}`,
    at: toTimestamp(sentAt),
    actor: nodeId,
    action: 'drop-rotten-copy',
    reason: 'checksum-mismatch',
    evidence: { nodeId, path, bytes },
  });
  await ports.artifacts.dropNodeReplica(artifactId, nodeId);
  if (artifact.storeReplica === undefined) return;
  const message = `${path} rotted on the disk of ${nodeId}`;
  await updateDelivery(
    ports,
    { artifactId, nodeId },
    { type: 'missing', class: 'checksum-mismatch', message },
    policy,
  );
};

export { recordRot };
