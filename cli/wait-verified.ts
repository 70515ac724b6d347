import type { Artifact } from '../lib/artifacts/artifact.ts';
import type { Delivery } from '../lib/distribution/delivery.ts';
import type { Distribution } from '../lib/distribution/distribution.ts';
import type { Node } from '../lib/nodes/node.ts';

interface MissingNode {
  readonly nodeId: string;
  readonly reason: string;
}

/** Which living nodes hold an artifact on their disk, verified there, and why the others do not. */
interface VerifiedState {
  readonly verifiedNodeIds: string[];
  readonly missing: MissingNode[];
}

const deliveryReason = ({ state, lastFailure, bytesDone, bytesTotal }: Delivery): string => {
  const failure = lastFailure ? `, last failure ${lastFailure.class}: ${lastFailure.message}` : '';
  if (state === 'verified') return 'was verified once, but the node no longer reports the file';
  if (state === 'transferring')
    return `transferring, ${bytesDone === undefined ? 'progress unknown' : `${bytesDone} of ${bytesTotal} bytes`}${failure}`;
  return `${state}${failure}`;
};

/**
 * Counts only nodes that are alive and whose copy is in the artifact's live-replica set: a delivery that was verified
 * on a machine that is gone proves nothing.
 */
const verifiedState = (
  artifact: Artifact,
  livingNodes: readonly Node[],
  deliveries: readonly Delivery[],
  distributions: readonly Distribution[],
): VerifiedState => {
  const replicas = new Set(artifact.replicaNodeIds);
  const byNode = new Map(deliveries.map((delivery) => [delivery.nodeId, delivery]));
  const skipped = new Map<string, string>();
  for (const { skippedNodes } of distributions)
    for (const [nodeId, reason] of Object.entries(skippedNodes))
      if (!skipped.has(nodeId)) skipped.set(nodeId, reason);
  const verifiedNodeIds: string[] = [];
  const missing: MissingNode[] = [];
  for (const { nodeId, revokedAt } of livingNodes) {
    const delivery = byNode.get(nodeId);
    const skipReason = skipped.get(nodeId);
    if (replicas.has(nodeId) && revokedAt === undefined) verifiedNodeIds.push(nodeId);
    else if (revokedAt !== undefined) missing.push({ nodeId, reason: 'revoked' });
    else if (delivery) missing.push({ nodeId, reason: deliveryReason(delivery) });
    else if (skipReason !== undefined) missing.push({ nodeId, reason: `skipped: ${skipReason}` });
    else
      missing.push({
        nodeId,
        reason:
          distributions.length === 0
            ? 'not sent: no distribution was started'
            : 'not a target of any distribution',
      });
  }
  return { verifiedNodeIds: verifiedNodeIds.sort(), missing };
};

export type { MissingNode, VerifiedState };
export { verifiedState };
