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
import type { InventoryEntry } from './report.ts';

interface MayLosePorts {
  readonly nodes: Pick<NodeStore, 'get'>;
  readonly artifacts: Pick<ArtifactStore, 'getMany'>;
  readonly documents: InventoryDocuments;
  readonly clock: Clock;
}

/** The files of the node's last inventory, also those that count as no replicas; undefined when there is none, or what lies there is not it. */
const readEntries = async (
  documents: InventoryDocuments,
  node: Node | undefined,
): Promise<InventoryEntry[] | undefined> => {
  if (node?.inventory === undefined) {
    return undefined;
  }
  const { digest, key } = node.inventory;
  try {
    const list = await readInventory(documents, { nodeId: node.nodeId, digest, key });
    return [...list.entries, ...(list.outsideCopies ?? [])];
  } catch (error) {
    if (error instanceof PermanentError) {
      return undefined;
    }
    throw error;
  }
};

/**
 * Whether the node can go without loss of data, from its own last inventory and the verified store replicas.
 * @param configDigest the configuration that the node is to work by
 */
const mayLose = async (
  { nodes, artifacts, documents, clock }: MayLosePorts,
  nodeId: string,
  configDigest?: string,
  policy: MayLosePolicy = defaultMayLosePolicy,
): Promise<MayLoseDecision> => {
  const node = await nodes.get(nodeId);
  const entries = await readEntries(documents, node);
  const known = await artifacts.getMany([...new Set((entries ?? []).map(({ artifactId }) => artifactId))]);
  return decideMayLose(
    {
      node,
      entries,
      registered: new Set(known.map(({ artifactId }) => artifactId)),
      inStore: new Set(
        known.filter(({ storeReplica }) => storeReplica !== undefined).map(({ artifactId }) => artifactId),
      ),
      configDigest,
    },
    policy,
    clock.now(),
  );
};

export type { MayLosePorts };
export { mayLose };
