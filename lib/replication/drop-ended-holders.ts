import type { MarkedArtifact } from '../artifacts/replica-mark.ts';
import type { Node } from '../nodes/node.ts';
import { runLimited } from '../run-limited.ts';
import type { RepairSnapshot } from './decide-repair.ts';
import { decideWriteOff } from './decide-write-off.ts';
import { hasEnded } from './holder.ts';
import type { RepairPorts } from './repair-ports.ts';
import type { RepairPolicy } from './replication-policy.ts';

const PARALLEL_READS = 16;

type Situation = Pick<RepairSnapshot, 'nodes' | 'brake' | 'pausedBy'>;
type DropPorts = Pick<RepairPorts, 'artifacts' | 'nodes' | 'clock'>;

interface DroppedHolders {
  /** Artifacts whose copies are others now than were read. */
  readonly artifactIds: ReadonlySet<string>;
  readonly errors: readonly unknown[];
}

/** It ended, and nothing of it is left to write off: an artifact that still names it is a leftover. */
const isOver = (node: Node, situation: Situation, policy: RepairPolicy, now: Date): boolean => {
  if (!hasEnded(node)) return false;
  const { action, reason } = decideWriteOff(node, situation, policy, now);
  // One that never listed bears no mark; what it verified was written off when it left the roster.
  return reason === 'written-off-already' || (action === 'write-off' && node.inventory === undefined);
};

/**
 * Takes nodes that ended out of the artifacts that are about to be looked at. A node is written off by its last list; what that cannot
 * tell, since it could not be read or came too early, would name the node as a holder for ever. Only a node that its own item calls ended
 * is dropped: one that is merely missing from the fleet may have enrolled just now.
 */
const dropEndedHolders = async (
  ports: DropPorts,
  candidates: readonly MarkedArtifact[],
  situation: Situation,
  policy: RepairPolicy,
): Promise<DroppedHolders> => {
  const known = new Map(situation.nodes.map((node): [string, Node] => [node.nodeId, node]));
  const holderIds = new Set(candidates.flatMap(({ artifact }) => artifact.replicaNodeIds));
  const missing = [...holderIds].filter((nodeId) => !known.has(nodeId));
  const unread = await runLimited(missing, PARALLEL_READS, async (nodeId) => {
    const node = await ports.nodes.get(nodeId);
    if (node !== undefined) known.set(nodeId, node);
  });
  const now = ports.clock.now();
  const over = new Set(
    [...known.values()]
      .filter((node) => holderIds.has(node.nodeId) && isOver(node, situation, policy, now))
      .map(({ nodeId }) => nodeId),
  );
  const leftovers = candidates.flatMap(({ artifact: { artifactId, replicaNodeIds } }) =>
    replicaNodeIds.filter((nodeId) => over.has(nodeId)).map((nodeId) => ({ artifactId, nodeId })),
  );
  const artifactIds = new Set<string>();
  const undropped = await runLimited(leftovers, PARALLEL_READS, async ({ artifactId, nodeId }) => {
    artifactIds.add(artifactId);
    if (!(await ports.artifacts.dropNodeReplica(artifactId, nodeId))) return;
    // A node that was lost came back meanwhile: its list may have been taken in before the copy was dropped.
    const again = await ports.nodes.get(nodeId);
    if (again !== undefined && !hasEnded(again)) await ports.artifacts.addNodeReplica(artifactId, nodeId);
  });
  return { artifactIds, errors: [...unread, ...undropped] };
};

export type { DroppedHolders };
export { dropEndedHolders };
