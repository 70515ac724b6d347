import type { DeliveryStore } from '../distribution/delivery-store.ts';
import type { RepairDecision } from './repair-reasons.ts';

/** Nodes to which the artifact is on its way already, by a distribution or because their copy went bad. */
const nodesUnderWay = async (
  deliveries: Pick<DeliveryStore, 'listByArtifact'>,
  artifactId: string,
): Promise<string[]> =>
  (await deliveries.listByArtifact(artifactId))
    .filter(({ state }) => state !== 'verified' && state !== 'failed')
    .map(({ nodeId }) => nodeId);

/** The decision without pulls for which others are under way: those copies will count, too. Pure. */
const withoutThoseUnderWay = (decision: RepairDecision, underWay: readonly string[]): RepairDecision => {
  const own = decision.repairs.filter(({ nodeId }) => underWay.includes(nodeId));
  const others = decision.repairs.filter(({ nodeId }) => !underWay.includes(nodeId));
  const expected = underWay.length - own.length;
  const repairs = [...own, ...others.slice(0, Math.max(0, others.length - expected))];
  if (repairs.length > 0) return { ...decision, repairs };
  return { ...decision, action: 'wait', reason: 'copies-under-way', repairs };
};

/** Takes out pulls that the delivery ledger makes needless. It is asked only for those that are about to begin. */
const spareDeliveries = async (
  deliveries: Pick<DeliveryStore, 'listByArtifact'>,
  decision: RepairDecision,
): Promise<RepairDecision> =>
  decision.action === 'pull'
    ? withoutThoseUnderWay(decision, await nodesUnderWay(deliveries, decision.artifactId))
    : decision;

export { spareDeliveries, withoutThoseUnderWay };
