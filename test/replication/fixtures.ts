import type { Artifact } from '../../lib/artifacts/artifact.ts';
import type { MarkedArtifact } from '../../lib/artifacts/replica-mark.ts';
import { createMemoryHoldStore } from '../../lib/holds/memory-hold-store.ts';
import { createMemoryInventoryDocuments } from '../../lib/nodes/memory-inventory-documents.ts';
import type { Node } from '../../lib/nodes/node.ts';
import type { RepairSnapshot } from '../../lib/replication/decide-repair.ts';
import { createMemoryReplicationStore } from '../../lib/replication/memory-replication-store.ts';
import type { Repair } from '../../lib/replication/repair-ledger.ts';
import type { RepairPorts } from '../../lib/replication/repair-ports.ts';
import { replicationRules } from '../../lib/replication/repair-replication.ts';
import { addSeconds, toTimestamp } from '../../lib/time.ts';
import {
  makeArtifact,
  makeFleet,
  makeNode,
  type NodeChanges,
  nodeIdOf,
  START,
  sha256,
} from '../distribution/fixtures.ts';

const at = (seconds: number): string => toTimestamp(addSeconds(START, seconds));

/** A live node that listed what it holds just now. */
const makeHolder = (index: number, changes: NodeChanges = {}): Node =>
  makeNode(index, {
    inventory: { inventoryAt: at(0), digest: sha256(`list of ${index}`), key: 'k', count: 1, bytes: 1 },
    ...changes,
  });

/** An artifact without a copy in the store, held by the nodes with these numbers. */
const onNodes = (name: string, ...indexes: readonly number[]): Artifact => {
  const { storeReplica: _none, ...artifact } = makeArtifact({
    artifactId: sha256(name),
    name,
    replicaNodeIds: indexes.map(nodeIdOf),
  });
  return artifact;
};

/** The same in the store, too. */
const inStore = (name: string, ...indexes: readonly number[]): Artifact =>
  makeArtifact({ artifactId: sha256(name), name, replicaNodeIds: indexes.map(nodeIdOf) });

const marked = (artifact: Artifact, mark: MarkedArtifact['mark'] = { state: 'changed' }): MarkedArtifact => ({
  artifact,
  replicaRevision: 1,
  mark,
  isUncounted: false,
});

const makeSnapshot = (changes: Partial<RepairSnapshot> = {}): RepairSnapshot => ({
  candidates: [],
  nodes: [],
  ledger: undefined,
  brake: 'off',
  pausedBy: undefined,
  ...changes,
});

const makeRunning = (index: number, nodeIndex: number, changes: Partial<Repair> = {}): Repair => ({
  repairId: `r-${index}`,
  action: 'pull',
  artifactId: sha256(`running ${index}`),
  nodeId: nodeIdOf(nodeIndex),
  startedAt: at(0),
  deadlineAt: at(600),
  ...changes,
});

const rules = replicationRules({});

/** All that a cycle of repair works with, in memory. */
const makeInstallation = async (nodes: readonly Node[], artifacts: readonly Artifact[]) => {
  const fleet = await makeFleet(nodes, artifacts);
  const objects = new Map<string, Uint8Array>();
  const holds = createMemoryHoldStore();
  const state: { brake: RepairSnapshot['brake'] } = { brake: 'off' };
  const ports: RepairPorts = {
    ...fleet,
    documents: createMemoryInventoryDocuments(objects),
    records: createMemoryReplicationStore(),
    holds,
    brakeState: async () => state.brake,
    actor: 'repair-replication',
  };
  /** What the node with this number reports as its whole inventory, and the object that it put. */
  const putInventory = (nodeId: string, artifactIds: readonly string[]) => {
    const entries = [...artifactIds].sort().map((artifactId) => ({
      artifactId,
      bytes: 10,
      path: `models/${artifactId.slice(0, 8)}/1/m.pth`,
    }));
    const bytes = Buffer.from(JSON.stringify({ schemaVersion: 1, nodeId, entries }));
    const digest = sha256(bytes.toString());
    objects.set(`artifacts/${digest}`, bytes);
    return { digest, key: `artifacts/${digest}`, count: entries.length, bytes: entries.length * 10 };
  };
  return { fleet, ports, holds, objects, state, putInventory };
};

export { at, inStore, makeHolder, makeInstallation, makeRunning, makeSnapshot, marked, onNodes, rules };
