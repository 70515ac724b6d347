import { TransientError } from '../errors.ts';
import { applyDelivery, type DeliveryInput, type DeliveryStep } from './apply-delivery.ts';
import type { DeliveryPorts } from './delivery-ports.ts';
import type { DistributionPolicy } from './policy.ts';

const MAX_TRIES = 8;

/**
 * Reads the row, applies the input, writes it back if nobody was faster; else tries again on the new row.
 * Answers undefined when there is no row.
 * @throws TransientError after 8 lost races
 */
const updateDelivery = async (
  ports: Pick<DeliveryPorts, 'deliveries' | 'clock'>,
  key: { readonly artifactId: string; readonly nodeId: string },
  input: DeliveryInput,
  policy: DistributionPolicy,
): Promise<DeliveryStep | undefined> => {
  for (let tries = 0; tries < MAX_TRIES; tries += 1) {
    const row = await ports.deliveries.get(key.artifactId, key.nodeId);
    if (row === undefined) return undefined;
    const step = applyDelivery(row, input, policy, ports.clock.now());
    if (step.action === 'keep' || (await ports.deliveries.replace(step.row))) return step;
  }
  throw new TransientError(
    `the delivery of ${key.artifactId} to ${key.nodeId} changed ${MAX_TRIES} times while it was updated; try again`,
  );
};

export { updateDelivery };
