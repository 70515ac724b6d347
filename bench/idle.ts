import { createHash } from 'node:crypto';
import { createMemoryArtifactStore } from '../lib/artifacts/memory-artifact-store.ts';
import { createMemoryAuditStore } from '../lib/audit/memory-audit-store.ts';
import { createMemoryCommandSender } from '../lib/commands/memory-command-sender.ts';
import { createMemoryCommandStore } from '../lib/commands/memory-command-store.ts';
import { createMemoryPublisher } from '../lib/events/memory-publisher.ts';
import { createMemoryHoldStore } from '../lib/holds/memory-hold-store.ts';
import { resolveIdlePolicy } from '../lib/idle/idle-policy.ts';
import { criteriaOf } from '../lib/idle/idle-snapshot.ts';
import { createMemoryLedgerStore } from '../lib/idle/memory-ledger-store.ts';
import { shutDownIdle } from '../lib/idle/shut-down-idle.ts';
import { createMemoryInventoryDocuments } from '../lib/nodes/memory-inventory-documents.ts';
import { createMemoryNodeStore } from '../lib/nodes/memory-node-store.ts';
import { type Node, nodeSchema } from '../lib/nodes/node.ts';
import { instanceSchema } from '../lib/providers/instance.ts';
import { createMemoryInstanceStore } from '../lib/providers/memory-instance-store.ts';
import { createMemoryProviderStateStore } from '../lib/providers/memory-provider-state-store.ts';
import { openMeter } from '../lib/providers/meter.ts';
import { addSeconds, toTimestamp } from '../lib/time.ts';

/** One idle cycle of one provider with so many nodes; the stores are in memory, so that only Drover's own code is timed. */
const counts = process.argv.length > 2 ? process.argv.slice(2).map(Number) : [10_000, 100_000];
const NOW = new Date('2026-11-25T12:00:00.000Z');
const KEYS_PER_BATCH = 100;
const PAGE_BYTES = 1024 * 1024;
const LIFECYCLES = 3;
const PRICE = 4_290_000;
/** Half of them are idle long enough; the others were busy a moment ago. */
const isIdle = (index: number): boolean => index % 2 === 0;

const idOf = (index: number): string => createHash('md5').update(String(index)).digest('hex');
const ago = (seconds: number): string => toTimestamp(addSeconds(NOW, -seconds));

const nodeOf = (index: number): Node => {
  const node = nodeSchema.parse({
    nodeId: `n-${idOf(index).slice(0, 12)}`,
    provider: 'lambda-labs',
    instanceId: idOf(index),
    capabilities: { gpuCount: 1 },
    lifecycle: 'active',
    enrolledAt: ago(86_400),
    activatedAt: ago(86_400),
    bootId: 'boot-1',
    sourceAddress: '198.51.100.24',
    binding: { state: 'confirmed', at: ago(600), address: '198.51.100.24', sourceAddress: '198.51.100.24' },
    queueName: `drover-bench-node-${index}`,
    heartbeat: {
      agentVersion: '0.1.0',
      uptimeSeconds: 1000,
      mode: 'active',
      slots: { total: 1, free: 1 },
      cpuPercent: 1,
      gpus: [{ index: 0, name: 'H100', utilizationPercent: isIdle(index) ? 0 : 90 }],
      runningCommandIds: [],
      activeTransfers: 0,
      unflushedBytes: 0,
      sshSessions: 0,
      configDigest: 'd',
    },
    heartbeatAt: ago(10),
    heartbeatSeq: 1,
    inventory: {
      inventoryAt: ago(60),
      digest: idOf(index),
      key: `artifacts/${idOf(index)}`,
      count: 0,
      bytes: 0,
      unsettled: 0,
      unclaimed: { count: 0, bytes: 0 },
    },
    revision: 1,
  });
  const { digest } = criteriaOf(resolveIdlePolicy({}, node));
  const clock = { criteria: digest, lastSampleAt: ago(10), busySignals: [] };
  return {
    ...node,
    idleClock: isIdle(index)
      ? { ...clock, idleSince: ago(3600), samples: 120 }
      : { ...clock, samples: 0, busyAt: ago(10), busySignals: ['gpu-busy'], activityAt: ago(10) },
  };
};

const measure = async (fleet: number): Promise<number> => {
  const requests = { reads: 0, writes: 0 };
  const nodes = createMemoryNodeStore();
  const instances = createMemoryInstanceStore();
  const states = createMemoryProviderStateStore();
  for (let index = 0; index < fleet; index += 1) {
    await nodes.create(nodeOf(index));
    await instances.put(
      {
        instance: instanceSchema.parse({
          provider: 'lambda-labs',
          instanceId: idOf(index),
          status: 'running',
          rawStatus: 'active',
          gpuType: 'H100',
          gpuCount: 1,
          chargeMicroUsdPerHour: PRICE,
          bills: true,
        }),
        firstSeenAt: ago(86_400),
        misses: 0,
        meter: openMeter({ microUsdPerHour: PRICE }, ago(86_400)),
      },
      undefined,
    );
  }
  await states.put(
    {
      provider: 'lambda-labs',
      attemptedAt: ago(30),
      listedAt: ago(30),
      completeAt: ago(30),
      listingNumber: 9,
    },
    undefined,
  );
  const counted =
    <Args extends readonly unknown[], Answer>(
      kind: 'reads' | 'writes',
      act: (...args: Args) => Promise<Answer>,
    ) =>
    async (...args: Args): Promise<Answer> => {
      requests[kind] += 1;
      return act(...args);
    };
  const ledgers = createMemoryLedgerStore();
  const holds = createMemoryHoldStore();
  const commands = createMemoryCommandStore();
  const ports = {
    provider: {
      key: 'lambda-labs' as const,
      listInstances: async () => [],
      terminate: async () => ({ outcome: 'transient' as const, detail: 'not asked here' }),
    },
    nodes: {
      ...nodes,
      get: counted('reads', nodes.get),
      beginDrain: counted('writes', nodes.beginDrain),
      markDrainAnnounced: counted('writes', nodes.markDrainAnnounced),
      listByProvider: async (...args: Parameters<typeof nodes.listByProvider>) => {
        const found = await nodes.listByProvider(...args);
        requests.reads += LIFECYCLES + Math.ceil(found.length / KEYS_PER_BATCH);
        return found;
      },
    },
    instances: {
      list: async (...args: Parameters<typeof instances.list>) => {
        const found = await instances.list(...args);
        requests.reads += 1 + Math.floor(JSON.stringify(found).length / PAGE_BYTES);
        return found;
      },
    },
    states: { get: counted('reads', states.get) },
    holds: { listLive: counted('reads', holds.listLive) },
    brakeState: counted('reads', async () => 'off' as const),
    ledgers: { get: counted('reads', ledgers.get), put: counted('writes', ledgers.put) },
    settings: {
      current: counted('reads', async () => ({
        idle: { mode: 'enforce' as const },
        nodeConfiguration: () => ({ digest: 'd', claim: [], ignore: [] }),
      })),
    },
    artifacts: createMemoryArtifactStore(),
    documents: createMemoryInventoryDocuments(new Map()),
    pendingWork: async () => 0,
    commands: { put: counted('writes', commands.put) },
    sender: createMemoryCommandSender(),
    publisher: createMemoryPublisher('drover'),
    audit: createMemoryAuditStore(),
    clock: { now: () => NOW },
    warn: (message: string, error: unknown) => console.error(message, error),
    actor: 'bench',
  };
  for (const what of ['one node may drain', 'a minute later']) {
    requests.reads = 0;
    requests.writes = 0;
    globalThis.gc?.();
    const began = performance.now();
    const { reasons } = await shutDownIdle(ports);
    const milliseconds = performance.now() - began;
    const megabytes = process.memoryUsage().rss / 1024 / 1024;
    console.log(
      `${String(fleet).padStart(7)} nodes, ${what.padEnd(34)} ${milliseconds.toFixed(0).padStart(6)} ms ${String(requests.reads).padStart(6)} reads ${String(requests.writes).padStart(6)} writes ${megabytes.toFixed(0).padStart(5)} MB ${JSON.stringify(reasons)}`,
    );
    if (what === 'a minute later') {
      const living = await nodes.listByProvider('lambda-labs', ['active']);
      const copyBegan = performance.now();
      JSON.parse(JSON.stringify(living));
      const copied = performance.now() - copyBegan;
      console.log(
        `        peer: the same nodes, copied as JSON: ${copied.toFixed(0)} ms; the cycle is ${(milliseconds / copied).toFixed(1)} times that`,
      );
      return milliseconds;
    }
  }
  return 0;
};

const times: number[] = [];
for (const fleet of counts) times.push(await measure(fleet));
const [small = 0, large] = times;
if (large !== undefined)
  console.log(
    `${(counts[1] ?? 0) / (counts[0] ?? 1)} times the nodes take ${(large / small).toFixed(1)} times as long`,
  );
