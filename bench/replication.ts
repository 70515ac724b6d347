import { createHash } from 'node:crypto';
import type { ArtifactStore } from '../lib/artifacts/artifact-store.ts';
import { createMemoryArtifactStore } from '../lib/artifacts/memory-artifact-store.ts';
import { createMemoryAuditStore } from '../lib/audit/memory-audit-store.ts';
import { createMemoryCommandSender } from '../lib/commands/memory-command-sender.ts';
import { createMemoryCommandStore } from '../lib/commands/memory-command-store.ts';
import { createMemoryDeliveryStore } from '../lib/distribution/memory-delivery-store.ts';
import { createMemoryPublisher } from '../lib/events/memory-publisher.ts';
import { createMemoryHoldStore } from '../lib/holds/memory-hold-store.ts';
import { createMemoryInventoryDocuments } from '../lib/nodes/memory-inventory-documents.ts';
import { createMemoryNodeStore } from '../lib/nodes/memory-node-store.ts';
import { nodeSchema } from '../lib/nodes/node.ts';
import { createMemoryReplicationStore } from '../lib/replication/memory-replication-store.ts';
import type { RepairPorts } from '../lib/replication/repair-ports.ts';
import { repairReplication } from '../lib/replication/repair-replication.ts';
import { toTimestamp } from '../lib/time.ts';

/**
 * One cycle of repair: time and requests must follow what is under-replicated, not what there is. The stores are in memory, so that
 * only Drover's own code is timed.
 */
const [LARGE = 1_000_000, SMALL = 10_000] = process.argv.slice(2).map(Number);
const UNDER = 1000;
const NODES = 200;
const CYCLES = 5;
const NOW = new Date('2026-11-23T00:00:00.000Z');
const at = toTimestamp(NOW);

const idOf = (index: number): string => createHash('sha256').update(String(index)).digest('hex');
const nodeIdOf = (index: number): string => `n-${idOf(index).slice(0, 12)}`;

const nodeOf = (index: number) =>
  nodeSchema.parse({
    nodeId: nodeIdOf(index),
    provider: index % 2 === 0 ? 'vast' : 'runpod',
    instanceId: String(index),
    capabilities: {},
    lifecycle: 'active',
    enrolledAt: at,
    bootId: 'boot-1',
    queueName: `drover-bench-node-${index}`,
    heartbeatAt: at,
    heartbeatSeq: 1,
    heartbeat: {
      agentVersion: '0.1.0',
      uptimeSeconds: 1,
      mode: 'active',
      slots: { total: 1, free: 1 },
      disk: { totalBytes: 1_000_000_000_000, freeBytes: 900_000_000_000, usedPercent: 10 },
      runningCommandIds: [],
      activeTransfers: 0,
    },
    inventory: { inventoryAt: at, digest: idOf(index), key: 'none', count: 1, bytes: 1, writeOff: 'done' },
    revision: 0,
  });

/** `count` artifacts, of which the first `under` are on one node and not in the store. */
const fill = async (artifacts: ArtifactStore, count: number, under: number): Promise<void> => {
  for (let index = 0; index < count; index += 1) {
    const artifactId = idOf(index);
    const isUnder = index < under;
    await artifacts.register({
      artifactId,
      kind: 'games',
      name: 'selfplay',
      version: String(index),
      fileName: 'g.npz',
      bytes: 20_000,
      labels: {},
      registeredAt: at,
      registeredBy: 'bench',
      ...(isUnder ? {} : { storeReplica: { key: artifactId, verifiedAt: at, checksum: 'c' } }),
      replicaNodeIds: isUnder ? [nodeIdOf(index % NODES)] : [],
    });
    if (!isUnder) await artifacts.settleMark(artifactId, 1, undefined);
  }
};

/** Counts what each call of a port would ask of DynamoDB: a listing is a page of 1 MB, every other call a request. */
const counted = <Port extends object>(port: Port, requests: { count: number }): Port =>
  new Proxy(port, {
    get: (target, name, receiver) => {
      const member: unknown = Reflect.get(target, name, receiver);
      if (typeof member !== 'function') return member;
      return (...given: unknown[]) => {
        requests.count += 1;
        return Reflect.apply(member, target, given);
      };
    },
  });

interface Measured {
  readonly milliseconds: number;
  readonly requests: number;
  readonly begun: number;
}

/** One cycle over a fresh fleet. */
const measure = async (artifacts: ArtifactStore): Promise<Measured> => {
  const requests = { count: 0 };
  const nodes = createMemoryNodeStore();
  for (let index = 0; index < NODES; index += 1) await nodes.create(nodeOf(index));
  const ports: RepairPorts = {
    nodes,
    artifacts: counted(artifacts, requests),
    deliveries: counted(createMemoryDeliveryStore(), requests),
    commands: counted(createMemoryCommandStore(), requests),
    sender: counted(createMemoryCommandSender(), requests),
    documents: createMemoryInventoryDocuments(new Map()),
    records: counted(createMemoryReplicationStore(), requests),
    holds: createMemoryHoldStore(),
    brakeState: async () => 'off',
    audit: createMemoryAuditStore(),
    publisher: createMemoryPublisher(),
    clock: { now: () => NOW },
    actor: 'bench',
  };
  const started = performance.now();
  const { begun } = await repairReplication(ports, { repairsPerHour: 10_000 }, true);
  return { milliseconds: performance.now() - started, requests: requests.count, begun };
};

/** The fastest of some cycles: each on the same artifacts, whose marks are put back before. */
const best = async (artifacts: ArtifactStore, under: number): Promise<Measured> => {
  const runs: Measured[] = [];
  for (let cycle = 0; cycle < CYCLES; cycle += 1) {
    for (let index = 0; index < under; index += 1) {
      const artifactId = idOf(index);
      const { replicaRevision = 0 } = (await artifacts.getMarked(artifactId)) ?? {};
      await artifacts.settleMark(artifactId, replicaRevision, {
        state: 'under',
        copies: 1,
        dueAt: at,
        since: at,
      });
    }
    runs.push(await measure(artifacts));
  }
  return runs.reduce((a, b) => (a.milliseconds <= b.milliseconds ? a : b));
};

const print = (what: string, { milliseconds, requests, begun }: Measured): void =>
  console.log(
    `${what.padEnd(44)} ${milliseconds.toFixed(0).padStart(6)} ms  ${String(requests).padStart(6)} requests  ${begun} repairs begun`,
  );

const run = async (count: number, under: number): Promise<Measured> => {
  const artifacts = createMemoryArtifactStore();
  await fill(artifacts, count, under);
  const measured = await best(artifacts, under);
  print(`${count} artifacts, ${under} under-replicated`, measured);
  return measured;
};

const small = await run(SMALL, UNDER);
const tenth = await run(SMALL, UNDER / 10);
const large = await run(LARGE, UNDER);
const ratio = (a: number, b: number): string => (a / b).toFixed(2);
console.log(
  `${LARGE / SMALL} times the artifacts: ${ratio(large.milliseconds, small.milliseconds)} times the time, ${ratio(large.requests, small.requests)} times the requests`,
);
console.log(
  `10 times the under-replicated: ${ratio(small.milliseconds, tenth.milliseconds)} times the time, ${ratio(small.requests, tenth.requests)} times the requests`,
);
