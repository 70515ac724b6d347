import { createHash } from 'node:crypto';
import { createMemoryAuditStore } from '../lib/audit/memory-audit-store.ts';
import { createMemoryPublisher } from '../lib/events/memory-publisher.ts';
import { resolveHealthPolicy } from '../lib/health/health-policy.ts';
import { createMemoryBrakeStore } from '../lib/health/memory-brake-store.ts';
import { createMemoryFleetHealthStore } from '../lib/health/memory-fleet-health-store.ts';
import { createMemoryOutcomeStore } from '../lib/health/memory-outcome-store.ts';
import { createMemoryPauseStore } from '../lib/health/memory-pause-store.ts';
import { scoreHealth } from '../lib/health/score-health.ts';
import type { ScorePorts } from '../lib/health/score-ports.ts';
import { createMemoryHoldStore } from '../lib/holds/memory-hold-store.ts';
import { createMemoryNodeStore } from '../lib/nodes/memory-node-store.ts';
import { type Node, nodeSchema } from '../lib/nodes/node.ts';
import type { InstanceRecord } from '../lib/providers/instance-record.ts';
import { createMemoryPaceStore } from '../lib/providers/memory-pace-store.ts';
import { createMemoryProviderStateStore } from '../lib/providers/memory-provider-state-store.ts';
import { createMemoryReplicationStore } from '../lib/replication/memory-replication-store.ts';
import { addSeconds, toTimestamp } from '../lib/time.ts';

/** Evaluations of fleets of this many nodes, each with its instance; the stores are in memory, so that only Drover's own code is timed. */
const FLEETS = process.argv.slice(2).length > 0 ? process.argv.slice(2).map(Number) : [10_000, 100_000];
const STARTED = new Date('2026-11-23T00:00:00.000Z');
const GPUS = 8;
/** DynamoDB answers at most 1 MB per query, and takes 100 keys per BatchGetItem. */
const PAGE_BYTES = 1024 * 1024;
const KEYS_PER_BATCH = 100;
const INDEX_KEY_BYTES = 100;
/** Four providers, two lifecycles. */
const NODE_QUERIES = 8;
/** Evaluation, brake, pause, configuration, provider states, paces, circuits, errors, recoveries, holds. */
const CONTROL_READS = 13;
/** Evaluation, brake, pause, and the lease twice. */
const CONTROL_WRITES = 5;
const policy = { health: resolveHealthPolicy({}), idle: {} };

const idOf = (index: number): string => createHash('md5').update(String(index)).digest('hex');

const nodeOf = (index: number): Node =>
  nodeSchema.parse({
    nodeId: `n-${idOf(index).slice(0, 12)}`,
    provider: 'vast',
    instanceId: idOf(index),
    capabilities: {},
    lifecycle: 'active',
    enrolledAt: toTimestamp(addSeconds(STARTED, -3600)),
    activatedAt: toTimestamp(addSeconds(STARTED, -3600)),
    bootId: 'boot-1',
    queueName: `drover-bench-node-${index}`,
    heartbeatAt: toTimestamp(STARTED),
    heartbeatRecordedAt: toTimestamp(addSeconds(STARTED, 1)),
    heartbeatSeq: 1,
    heartbeat: {
      agentVersion: '0.1.0',
      uptimeSeconds: 1,
      mode: 'active',
      slots: { total: 1, free: 1 },
      disk: { totalBytes: 100, freeBytes: 90, usedPercent: 10 },
      memory: { totalBytes: 100, usedBytes: 10 },
      gpus: Array.from({ length: GPUS }, (_, gpu) => ({ index: gpu, utilizationPercent: 90 })),
      runningCommandIds: [],
      activeTransfers: 0,
    },
    revision: 0,
  });

const recordOf = (index: number): InstanceRecord => ({
  instance: {
    provider: 'vast',
    instanceId: idOf(index),
    status: 'running',
    rawStatus: 'running',
    bills: true,
    chargeMicroUsdPerHour: 400_000,
  },
  firstSeenAt: toTimestamp(STARTED),
  misses: 0,
  meter: {
    charge: { microUsdPerHour: 400_000 },
    since: toTimestamp(STARTED),
    closed: { day: '2026-11-23', dayAmount: '0', month: '2026-11', monthAmount: '0' },
  },
  revision: 1,
});

/** A fleet in memory, and what one evaluation of it would ask of DynamoDB. */
const createBenchFleet = async (count: number) => {
  let now = STARTED;
  const requests = { reads: 0, writes: 0 };
  const nodes = createMemoryNodeStore();
  for (let index = 0; index < count; index += 1) await nodes.create(nodeOf(index));
  const records = Array.from({ length: count }, (_, index) => recordOf(index));
  const states = createMemoryProviderStateStore();
  const recordPages = Math.ceil((count * JSON.stringify(recordOf(0)).length) / PAGE_BYTES);
  const keyPages = Math.ceil((count * INDEX_KEY_BYTES) / PAGE_BYTES);
  const ports: ScorePorts = {
    replication: createMemoryReplicationStore(),
    nodes: {
      listByProvider: nodes.listByProvider,
      recordHealth: async (...args) => {
        requests.writes += 1;
        return nodes.recordHealth(...args);
      },
    },
    instances: { list: async () => records },
    states,
    paces: createMemoryPaceStore(),
    outcomes: createMemoryOutcomeStore(),
    holds: createMemoryHoldStore(),
    reportsWaiting: async () => 0,
    brakes: createMemoryBrakeStore(),
    pauses: createMemoryPauseStore(),
    evaluations: createMemoryFleetHealthStore(),
    file: { write: async () => {} },
    audit: {
      ...createMemoryAuditStore(),
      record: async () => {
        requests.writes += 1;
      },
    },
    publisher: createMemoryPublisher(),
    clock: { now: () => now },
    actor: 'bench',
  };
  await states.put(
    { provider: 'vast', attemptedAt: toTimestamp(STARTED), listedAt: toTimestamp(STARTED), listingNumber: 1 },
    undefined,
  );
  return {
    /** One evaluation so many seconds after the beat of all; answers its milliseconds. */
    evaluate: async (what: string, seconds: number): Promise<number> => {
      now = addSeconds(STARTED, seconds);
      requests.writes = CONTROL_WRITES;
      requests.reads =
        CONTROL_READS + NODE_QUERIES + keyPages + Math.ceil(count / KEYS_PER_BATCH) + recordPages;
      globalThis.gc?.();
      const began = performance.now();
      await scoreHealth(ports, policy);
      const milliseconds = performance.now() - began;
      const megabytes = process.memoryUsage().rss / 1024 / 1024;
      console.log(
        `${String(count).padStart(7)}  ${what.padEnd(46)} ${milliseconds.toFixed(0).padStart(7)} ms ${megabytes.toFixed(0).padStart(6)} MB ${String(requests.reads).padStart(6)} reads ${String(requests.writes).padStart(7)} writes`,
      );
      return milliseconds;
    },
    /** The peer: one copy of the same nodes as JSON, which is what reading them costs at the least. */
    peer: async (): Promise<number> => {
      const listed = await nodes.listByProvider('vast', ['active']);
      const began = performance.now();
      JSON.parse(JSON.stringify(listed));
      const milliseconds = performance.now() - began;
      console.log(
        `${String(count).padStart(7)}  ${'peer: the same nodes, copied as JSON'.padEnd(46)} ${milliseconds.toFixed(0).padStart(7)} ms`,
      );
      return milliseconds;
    },
  };
};

const quiet: number[] = [];
for (const count of FLEETS) {
  const fleet = await createBenchFleet(count);
  await fleet.evaluate('first: every node is written', 10);
  const evaluated = await fleet.evaluate('nothing changed', 20);
  quiet.push(evaluated);
  await fleet.evaluate('every node missed a beat: all are written, told', 110);
  const peer = await fleet.peer();
  console.log(`${String(count).padStart(7)}  nothing changed / peer = ${(evaluated / peer).toFixed(1)}`);
}
const [small, large] = quiet;
const [few, many] = FLEETS;
if (small !== undefined && large !== undefined && few !== undefined && many !== undefined)
  console.log(
    `${many} / ${few} nodes: ${(large / small).toFixed(1)} times as long for ${many / few} times the nodes`,
  );
