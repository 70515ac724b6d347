import type { ArtifactStore } from '../artifacts/artifact-store.ts';
import { PermanentError } from '../errors.ts';
import type { Clock } from '../time.ts';
import {
  decideMayLose,
  defaultMayLosePolicy,
  type MayLoseDecision,
  type MayLosePolicy,
} from './decide-may-lose.ts';
import { type InventoryDocuments, readInventory } from './inventory-documents.ts';
import type { Node } from './node.ts';
import type { NodeStore } from './node-store.ts';

interface MayLosePorts {
  readonly nodes: Pick<NodeStore, 'get'>;
  readonly artifacts: Pick<ArtifactStore, 'getMany'>;
  readonly documents: InventoryDocuments;
  readonly clock: Clock;
}

/** The artifacts of the node's last inventory; undefined when there is none, or what lies there is not it. */
const readArtifactIds = async (
  documents: InventoryDocuments,
  node: Node | undefined,
): Promise<string[] | undefined> => {
  if (node?.inventory === undefined) {
    return undefined;
  }
  const { digest, key } = node.inventory;
  try {
    const { entries } = await readInventory(documents, { nodeId: node.nodeId, digest, key });
    return [...new Set(entries.map(({ artifactId }) => artifactId))];
  } catch (error) {
    if (error instanceof PermanentError) {
      return undefined;
    }
    throw error;
  }
};

/**
 * Whether the node can go without loss of data, from its own last inventory and the verified store replicas.
 * Agents do not tell of unclaimed files yet, so these are unknown and block, unless the policy assumes that there are none.
 */
const mayLose = async (
  { nodes, artifacts, documents, clock }: MayLosePorts,
  nodeId: string,
  policy: MayLosePolicy = defaultMayLosePolicy,
): Promise<MayLoseDecision> => {
  const node = await nodes.get(nodeId);
  const inventoryArtifactIds = await readArtifactIds(documents, node);
  const stored = await artifacts.getMany(inventoryArtifactIds ?? []);
  return decideMayLose(
    {
      node,
      inventoryArtifactIds,
      inStore: new Set(
        stored.filter(({ storeReplica }) => storeReplica !== undefined).map(({ artifactId }) => artifactId),
      ),
      unclaimed: 'unknown',
    },
    policy,
    clock.now(),
  );
};

export type { MayLosePorts };
export { mayLose };
