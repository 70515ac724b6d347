import { createHash } from 'node:crypto';
import { throwCollected } from '../collected-errors.ts';
import { PermanentError } from '../errors.ts';
import { readInventory } from '../nodes/inventory-documents.ts';
import type { Node } from '../nodes/node.ts';
import { runLimited } from '../run-limited.ts';
import { secondsSince } from '../time.ts';
import { decideInventory } from './decide-inventory.ts';
import type { RepairPorts } from './repair-ports.ts';

type ReconcilePorts = Pick<RepairPorts, 'artifacts' | 'deliveries' | 'documents' | 'clock'>;

interface Reconciled {
  added: number;
  dropped: number;
  orphans: number;
}

const MINUTES_PER_DAY = 1440;
const PARALLEL_WRITES = 16;
/** An older list says nothing about the disk now. */
const MAX_AGE_SECONDS = 660;

/**
 * The minute of the day at which a node has its turn. Lists are compared whole and exact, however long they are; so the work is
 * spread by nodes, and nothing that could saturate stands between (sync L22).
 */
const turnOf = (nodeId: string): number =>
  createHash('sha256').update(nodeId).digest().readUInt32BE(0) % MINUTES_PER_DAY;

/** The list of the node's last inventory, when it can be read and is of now. */
const listOf = async ({ documents, clock }: ReconcilePorts, { nodeId, inventory }: Node) => {
  if (inventory === undefined || inventory.writeOff !== undefined) return undefined;
  if (secondsSince(inventory.inventoryAt, clock.now()) > MAX_AGE_SECONDS) return undefined;
  try {
    const { entries } = await readInventory(documents, { nodeId, ...inventory });
    return {
      inventoryAt: inventory.inventoryAt,
      listed: new Set(entries.map(({ artifactId }) => artifactId)),
    };
  } catch (error) {
    if (error instanceof PermanentError) return undefined;
    throw error;
  }
};

/** Holds one node's list against the ledger, and mends the ledger. @throws TransientError when something could not be written */
const reconcileInventory = async (ports: ReconcilePorts, node: Node): Promise<Reconciled> => {
  const reconciled: Reconciled = { added: 0, dropped: 0, orphans: 0 };
  const list = await listOf(ports, node);
  if (list === undefined) return reconciled;
  const { nodeId } = node;
  const rows = (await ports.deliveries.listByNode(nodeId)).filter(({ state }) => state === 'verified');
  const verifiedAt = new Map(rows.map((row) => [row.artifactId, row.verifiedAt ?? row.updatedAt]));
  const artifacts = await ports.artifacts.getMany([...new Set([...list.listed, ...verifiedAt.keys()])]);
  const known = new Map(
    artifacts.map(({ artifactId, replicaNodeIds }) => [
      artifactId,
      { isHolder: replicaNodeIds.includes(nodeId) },
    ]),
  );
  const findings = decideInventory({ ...list, known, verifiedAt });
  const errors = await runLimited(findings, PARALLEL_WRITES, async ({ artifactId, action }) => {
    if (action === 'offer') reconciled.orphans += 1;
    if (action === 'add') {
      await ports.artifacts.addNodeReplica(artifactId, nodeId);
      reconciled.added += 1;
    }
    if (action === 'drop' && (await ports.artifacts.dropNodeReplica(artifactId, nodeId)))
      reconciled.dropped += 1;
  });
  throwCollected(errors, `the list of ${nodeId} and the ledger do not agree yet`);
  return reconciled;
};

/** Reconciles the nodes whose minute it is. */
const reconcileInventories = async (ports: ReconcilePorts, nodes: readonly Node[]): Promise<Reconciled> => {
  const now = ports.clock.now();
  const total: Reconciled = { added: 0, dropped: 0, orphans: 0 };
  const minute = now.getUTCHours() * 60 + now.getUTCMinutes();
  for (const node of nodes.filter(({ nodeId }) => turnOf(nodeId) === minute)) {
    const { added, dropped, orphans } = await reconcileInventory(ports, node);
    total.added += added;
    total.dropped += dropped;
    total.orphans += orphans;
  }
  return total;
};

export type { Reconciled };
export { reconcileInventories, reconcileInventory, turnOf };
