import type { ArtifactStore } from '../artifacts/artifact-store.ts';
import type { AuditStore } from '../audit/audit-row.ts';
import { throwCollected } from '../collected-errors.ts';
import type { DeliveryStore } from '../distribution/delivery-store.ts';
import { PermanentError } from '../errors.ts';
import { derivedId } from '../ids.ts';
import { type InventoryDocuments, readInventory } from '../nodes/inventory-documents.ts';
import type { Node } from '../nodes/node.ts';
import type { NodeStore } from '../nodes/node-store.ts';
import { runLimited } from '../run-limited.ts';
import { type Clock, toTimestamp } from '../time.ts';
import type { WriteOffReason } from './decide-write-off.ts';

interface WriteOffPorts {
  readonly nodes: Pick<NodeStore, 'get' | 'markWriteOff'>;
  readonly artifacts: Pick<ArtifactStore, 'getMany' | 'addNodeReplica' | 'dropNodeReplica'>;
  readonly deliveries: Pick<DeliveryStore, 'listByNode'>;
  readonly documents: InventoryDocuments;
  readonly audit: AuditStore;
  readonly clock: Clock;
  readonly actor: string;
}

const PARALLEL_DROPS = 16;

interface Listed {
  readonly artifactIds: readonly string[];
  /** Why its list can never be read: what it held is unknown then, not nothing. */
  readonly unreadable?: PermanentError;
}

interface WrittenOff {
  readonly dropped: number;
  /** Copies may be left in META that nobody found. */
  readonly unreadable?: PermanentError;
}

/** What its last inventory lists. */
const listed = async (documents: InventoryDocuments, { nodeId, inventory }: Node): Promise<Listed> => {
  if (inventory === undefined) return { artifactIds: [] };
  const { digest, key } = inventory;
  try {
    const { entries } = await readInventory(documents, { nodeId, digest, key });
    return { artifactIds: entries.map(({ artifactId }) => artifactId) };
  } catch (error) {
    if (error instanceof PermanentError) return { artifactIds: [], unreadable: error };
    throw error;
  }
};

/** All that META can know the node to hold: what it listed, and what it verified since. */
const heldBy = async ({ documents, deliveries }: WriteOffPorts, node: Node): Promise<Listed> => {
  const rows = await deliveries.listByNode(node.nodeId);
  const verified = rows.filter(({ state }) => state === 'verified').map(({ artifactId }) => artifactId);
  const list = await listed(documents, node);
  return { ...list, artifactIds: [...new Set([...list.artifactIds, ...verified])] };
};

/** It came back while its copies were dropped: what it lists now is there. */
const takeBack = async (ports: WriteOffPorts, node: Node): Promise<void> => {
  const { artifactIds } = await listed(ports.documents, node);
  const known = await ports.artifacts.getMany([...new Set(artifactIds)]);
  const errors = await runLimited(known, PARALLEL_DROPS, ({ artifactId }) =>
    ports.artifacts.addNodeReplica(artifactId, node.nodeId),
  );
  throwCollected(errors, `not every copy of ${node.nodeId}, which came back, counts again yet`);
};

/**
 * Drops all copies of a node whose word is too old. Order: the mark `begun`, so that an inventory from now on is taken in full; the
 * copies; audit; the mark `done`. A crash between is repeated by the next cycle; a node that came back meanwhile has its copies again.
 * A list that can never be read is not asked for again: what it named is dropped by `dropEndedHolders` as each artifact is looked at.
 */
const writeOffNode = async (
  ports: WriteOffPorts,
  node: Node,
  reason: WriteOffReason,
): Promise<WrittenOff> => {
  const { nodeId, inventory } = node;
  const mark = async (how: 'begun' | 'done'): Promise<boolean> =>
    inventory === undefined || (await ports.nodes.markWriteOff(nodeId, inventory.inventoryAt, how));
  if (!(await mark('begun'))) return { dropped: 0 };
  const { artifactIds, unreadable } = await heldBy(ports, node);
  let dropped = 0;
  const errors = await runLimited(artifactIds, PARALLEL_DROPS, async (artifactId) => {
    if (await ports.artifacts.dropNodeReplica(artifactId, nodeId)) dropped += 1;
  });
  throwCollected(errors, `not every copy of ${nodeId} could be written off`);
  const at = toTimestamp(ports.clock.now());
  if (dropped > 0 || unreadable !== undefined) {
    await ports.audit.record({
      auditId: derivedId('a', nodeId, 'written-off', inventory?.inventoryAt ?? node.enrolledAt),
      subject: `node:${nodeId}`,
      at,
      actor: ports.actor,
      action: 'write-off-copies',
      reason,
      evidence: {
        copies: dropped,
        heartbeatAt: node.heartbeatAt ?? 'never',
        inventoryAt: inventory?.inventoryAt ?? 'never',
        ...(unreadable === undefined ? {} : { unreadable: unreadable.message }),
      },
    });
  }
  if (await mark('done')) return { dropped, ...(unreadable === undefined ? {} : { unreadable }) };
  const now = await ports.nodes.get(nodeId);
  if (now !== undefined) await takeBack(ports, now);
  return { dropped };
};

export type { WriteOffPorts, WrittenOff };
export { writeOffNode };
