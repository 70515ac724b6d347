import type { Artifact } from '../artifacts/artifact.ts';
import type { HolderState } from './holder.ts';
import type { CopiesPolicy } from './replication-policy.ts';

/** Where an artifact's copies are, and what it lacks. */
interface CopiesAssessment {
  readonly state: 'ok' | 'under' | 'short' | 'lost';
  readonly inStore: boolean;
  /** Nodes whose copies count. */
  readonly countingNodeIds: readonly string[];
  /** All nodes that META knows to hold it, whatever their copies are worth. */
  readonly holderNodeIds: readonly string[];
  /** Live copies that count, the store's among them. */
  readonly copies: number;
  readonly missingNodeCopies: number;
  /** Nobody but machines that can vanish at any moment holds it. */
  readonly onlyEphemeral: boolean;
}

/**
 * Holds an artifact's copies against its policy. Durable: in the store, verified, and on as many persistent nodes as its minimum says.
 * Lost only when META knows of no copy at all: a node that is silent has not lost anything yet.
 * @param holders what the copies of each node are worth; a node that is not in it counts as none
 */
const assessCopies = (
  { storeReplica, replicaNodeIds }: Pick<Artifact, 'storeReplica' | 'replicaNodeIds'>,
  holders: ReadonlyMap<string, HolderState>,
  { minimumNodeCopies, targetNodeCopies }: CopiesPolicy,
): CopiesAssessment => {
  const inStore = storeReplica !== undefined;
  const countingNodeIds = replicaNodeIds.filter((nodeId) => holders.get(nodeId) === 'live');
  const counting = countingNodeIds.length;
  const facts = {
    inStore,
    countingNodeIds,
    holderNodeIds: replicaNodeIds,
    copies: counting + (inStore ? 1 : 0),
    missingNodeCopies: Math.max(0, targetNodeCopies - counting),
    onlyEphemeral: !inStore && counting === 0 && replicaNodeIds.length > 0,
  };
  if (!inStore && replicaNodeIds.length === 0) return { state: 'lost', ...facts };
  if (!inStore || counting < minimumNodeCopies) return { state: 'under', ...facts };
  return { state: counting < targetNodeCopies ? 'short' : 'ok', ...facts };
};

export type { CopiesAssessment };
export { assessCopies };
