import type { ArtifactStore } from '../artifacts/artifact-store.ts';
import { PermanentError, TransientError } from '../errors.ts';
import { toTimestamp } from '../time.ts';
import { type InventoryDocuments, readInventory } from './inventory-documents.ts';
import type { Node } from './node.ts';
import type { NodeStore } from './node-store.ts';
import type { Report } from './report.ts';

type InventoryReport = Extract<Report, { type: 'inventory' }>['inventory'];

interface InventoryPorts {
  readonly nodes: Pick<NodeStore, 'get' | 'recordInventory'>;
  readonly artifacts: ArtifactStore;
  readonly documents: InventoryDocuments;
}

/** What an inventory changed. `unknown`: files of the node that no artifact is registered for. */
interface InventoryOutcome {
  readonly kind: 'recorded' | 'stale';
  readonly added: number;
  readonly removed: number;
  readonly unknown: number;
}

interface Delta {
  readonly added: readonly string[];
  readonly removed: readonly string[];
}

const stale: InventoryOutcome = { kind: 'stale', added: 0, removed: 0, unknown: 0 };

/**
 * The list before this one. When it is gone or damaged nothing can be told as removed; the new list must count all the same,
 * or one lost document would refuse every inventory to come. A copy that is marked too much is found by `verify`.
 */
const readLast = async (
  documents: InventoryDocuments,
  nodeId: string,
  { digest, key }: NonNullable<Node['inventory']>,
): Promise<{ artifactId: string }[]> => {
  try {
    return (await readInventory(documents, { nodeId, digest, key })).entries;
  } catch (error) {
    if (error instanceof PermanentError) return [];
    throw error;
  }
};

/** The report's own delta counts only against the inventory that we have; otherwise the full lists tell. */
const deltaOf = async (
  documents: InventoryDocuments,
  node: Node,
  report: InventoryReport,
): Promise<Delta> => {
  const { nodeId, inventory: last } = node;
  if (last?.digest === report.digest) {
    // Told again in full, so that an artifact registered since then is found.
    const entries = (await readInventory(documents, { nodeId, ...report })).entries;
    return { added: entries.map(({ artifactId }) => artifactId), removed: [] };
  }
  // What was written off is not in META any more, though the list before named it.
  const usable = last !== undefined && last.writeOff === undefined && report.base === last.digest;
  if (usable && report.added !== undefined && report.removed !== undefined) {
    return { added: report.added, removed: report.removed };
  }
  const now = (await readInventory(documents, { nodeId, ...report })).entries;
  const before = last === undefined ? [] : await readLast(documents, nodeId, last);
  const present = new Set(now.map(({ artifactId }) => artifactId));
  return {
    added: [...present],
    removed: [...new Set(before.map(({ artifactId }) => artifactId))].filter((id) => !present.has(id)),
  };
};

/**
 * Takes a node's inventory: marks its replicas in META, then points the node item at the list. The pointer is written last,
 * so that a crash repeats the marks; an older list than the one we have changes nothing.
 * @throws PermanentError when the full list is needed and is not what was reported
 * @throws TransientError when a newer list was recorded meanwhile: the repeat finds this one stale
 */
const recordInventory = async (
  { nodes, artifacts, documents }: InventoryPorts,
  node: Node,
  report: InventoryReport,
  sentAt: Date,
): Promise<InventoryOutcome> => {
  const inventoryAt = toTimestamp(sentAt);
  const { nodeId, inventory: last } = node;
  if (last !== undefined && last.inventoryAt >= inventoryAt) {
    return stale;
  }
  const { added, removed } = await deltaOf(documents, node, report);
  const known = new Map(
    (await artifacts.getMany([...new Set([...added, ...removed])])).map((artifact) => [
      artifact.artifactId,
      artifact,
    ]),
  );
  const marked = [...new Set(added)].filter((artifactId) => known.has(artifactId));
  for (const artifactId of marked) {
    // Mostly it is marked already: a write for each would be thousands, every ten minutes, for a list that did not change.
    if (known.get(artifactId)?.replicaNodeIds.includes(nodeId)) continue;
    await artifacts.addNodeReplica(artifactId, nodeId);
  }
  let dropped = 0;
  for (const artifactId of removed.filter((id) => known.has(id))) {
    dropped += (await artifacts.dropNodeReplica(artifactId, nodeId)) ? 1 : 0;
  }
  const { digest, key, count, bytes, drainEpoch, unsettled, unclaimed, configDigest } = report;
  const pointer = {
    inventoryAt,
    digest,
    key,
    count,
    bytes,
    ...(drainEpoch === undefined ? {} : { drainEpoch }),
    ...(unsettled === undefined ? {} : { unsettled }),
    ...(unclaimed === undefined ? {} : { unclaimed }),
    ...(configDigest === undefined ? {} : { configDigest }),
  };
  if (!(await nodes.recordInventory(nodeId, pointer))) {
    throw new TransientError(`a newer inventory of ${nodeId} was recorded while this one was taken in`);
  }
  return {
    kind: 'recorded',
    added: marked.length,
    removed: dropped,
    unknown: new Set(added).size - marked.length,
  };
};

export type { InventoryOutcome, InventoryPorts, InventoryReport };
export { recordInventory };
