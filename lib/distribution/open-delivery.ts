import type { Artifact } from '../artifacts/artifact.ts';
import { TransientError } from '../errors.ts';
import { toTimestamp } from '../time.ts';
import type { Delivery } from './delivery.ts';
import type { DeliveryPorts } from './delivery-ports.ts';
import type { DistributionPolicy } from './policy.ts';
import { updateDelivery } from './update-delivery.ts';

/**
 * Makes the artifact's delivery to the node due, though no distribution wants it: the next sweep sends it. One that is under way stays;
 * one that ended begins a new round. Harmless when repeated.
 * @throws TransientError when the row changed under it again and again
 */
const openDelivery = async (
  ports: Pick<DeliveryPorts, 'deliveries' | 'clock'>,
  { artifactId, bytes }: Pick<Artifact, 'artifactId' | 'bytes'>,
  nodeId: string,
  policy: DistributionPolicy,
): Promise<Delivery> => {
  const now = toTimestamp(ports.clock.now());
  const row: Delivery = {
    artifactId,
    nodeId,
    state: 'pending',
    attempt: 0,
    attemptBase: 0,
    dueAt: now,
    bytesTotal: bytes,
    distributionIds: [],
    createdAt: now,
    openedAt: now,
    updatedAt: now,
    revision: 0,
  };
  const step = await updateDelivery(ports, row, { type: 'reopen' }, policy);
  if (step !== undefined) return step.row;
  if (await ports.deliveries.create(row)) return row;
  const other = await ports.deliveries.get(artifactId, nodeId);
  if (other === undefined)
    throw new TransientError(`the delivery of ${artifactId} to ${nodeId} vanished; try again`);
  return other;
};

export { openDelivery };
