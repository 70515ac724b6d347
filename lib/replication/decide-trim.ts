import type { Artifact } from '../artifacts/artifact.ts';
import type { Node } from '../nodes/node.ts';
import { assessCopies } from './assess-copies.ts';
import { isReachable } from './choose-nodes.ts';
import type { HolderState } from './holder.ts';
import type { CopiesPolicy } from './replication-policy.ts';

/** Every reason why copies of an artifact are trimmed or kept. */
type TrimReason =
  | 'more-than-target'
  | 'no-target-written'
  | 'not-in-store'
  | 'pinned'
  | 'promoted'
  | 'not-more-than-target'
  | 'nobody-reachable';

interface TrimDecision {
  readonly artifactId: string;
  readonly action: 'trim' | 'keep';
  readonly reason: TrimReason;
  /** Whose copies go, in this order. */
  readonly nodeIds: readonly string[];
  /** So many nodes hold it afterwards, at least. */
  readonly keepNodes: number;
}

interface TrimSnapshot {
  readonly artifact: Artifact;
  readonly nodes: ReadonlyMap<string, Node>;
  readonly holders: ReadonlyMap<string, HolderState>;
  /** It is the latest promoted artifact of its name: nodes use it. */
  readonly isPromoted: boolean;
}

/** An artifact with this label is never trimmed, whatever its value. */
const PIN_LABEL = 'pinned';

/**
 * Whether nodes hold more copies than fleet.yaml says, and whose go: those on the fullest disks. Only where a target is written: a
 * distribution brings copies to nodes that no target knows of. Never what the store lacks. Pure.
 */
const decideTrim = (
  { artifact, nodes, holders, isPromoted }: TrimSnapshot,
  policy: CopiesPolicy,
  now: Date,
): TrimDecision => {
  const keepNodes = policy.targetNodeCopies;
  const keep = (reason: TrimReason): TrimDecision => ({
    artifactId: artifact.artifactId,
    action: 'keep',
    reason,
    nodeIds: [],
    keepNodes,
  });
  if (policy.from === 'built-in') return keep('no-target-written');
  const { inStore, countingNodeIds } = assessCopies(artifact, holders, policy);
  if (!inStore) return keep('not-in-store');
  if (Object.hasOwn(artifact.labels, PIN_LABEL)) return keep('pinned');
  if (isPromoted) return keep('promoted');
  const extra = countingNodeIds.length - keepNodes;
  if (extra <= 0) return keep('not-more-than-target');
  const diskOf = ({ heartbeat }: Node): number => heartbeat?.disk?.usedPercent ?? 0;
  const nodeIds = countingNodeIds
    .flatMap((nodeId) => nodes.get(nodeId) ?? [])
    .filter((node) => isReachable(node, now))
    .sort((a, b) => diskOf(b) - diskOf(a) || a.nodeId.localeCompare(b.nodeId))
    .slice(0, extra)
    .map(({ nodeId }) => nodeId);
  if (nodeIds.length === 0) return keep('nobody-reachable');
  return { artifactId: artifact.artifactId, action: 'trim', reason: 'more-than-target', nodeIds, keepNodes };
};

export type { TrimDecision, TrimReason };
export { decideTrim, PIN_LABEL };
