import { createHash } from 'node:crypto';
import { createMemoryAuditStore } from '../lib/audit/memory-audit-store.ts';
import { createMemoryPublisher } from '../lib/events/memory-publisher.ts';
import { createMemoryNodeStore } from '../lib/nodes/memory-node-store.ts';
import { nodeSchema } from '../lib/nodes/node.ts';
import { type Instance, instanceSchema } from '../lib/providers/instance.ts';
import { createMemoryInstanceStore } from '../lib/providers/memory-instance-store.ts';
import { createMemoryProviderStateStore } from '../lib/providers/memory-provider-state-store.ts';
import { RECONCILE_POLICY } from '../lib/providers/reconcile-policy.ts';
import { reconcileProvider } from '../lib/providers/reconcile-provider.ts';
import { addSeconds } from '../lib/time.ts';

/** Cycles of one provider with this many instances, each with its node; the stores are in memory, so that only Drover's own code is timed. */
const [count = '10000'] = process.argv.slice(2);
const FLEET = Number(count);
const STARTED = new Date('2026-11-23T00:00:00.000Z');
/** DynamoDB answers at most 1 MB per query, about 1,800 records, and takes 100 keys per BatchGetItem. */
const PAGE_BYTES = 1024 * 1024;
const KEYS_PER_BATCH = 100;
const LIVING_LIFECYCLES = 4;

let now = STARTED;
const clock = { now: () => now };
const requests = { reads: 0, writes: 0 };
const nodes = createMemoryNodeStore();
const instances = createMemoryInstanceStore();
const states = createMemoryProviderStateStore();

const counted =
  <Args extends readonly unknown[], Answer>(
    kind: 'reads' | 'writes',
    act: (...args: Args) => Promise<Answer>,
  ) =>
  async (...args: Args): Promise<Answer> => {
    requests[kind] += 1;
    return act(...args);
  };

const idOf = (index: number): string => createHash('md5').update(String(index)).digest('hex');
const instanceOf = (index: number): Instance =>
  instanceSchema.parse({
    provider: 'lambda-labs',
    instanceId: idOf(index),
    status: 'running',
    rawStatus: 'active',
    name: `worker-${index}`,
    address: '198.51.100.24',
    region: 'us-south-1',
    gpuType: 'H100 (80 GB SXM5)',
    gpuCount: 1,
    priceMicroUsdPerHour: 4_290_000,
    chargeMicroUsdPerHour: 4_290_000,
    bills: true,
  });

for (let index = 0; index < FLEET; index += 1)
  await nodes.create(
    nodeSchema.parse({
      nodeId: `n-${idOf(index).slice(0, 12)}`,
      provider: 'lambda-labs',
      instanceId: idOf(index),
      capabilities: {},
      lifecycle: 'active',
      enrolledAt: addSeconds(STARTED, -60).toISOString(),
      bootId: 'boot-1',
      sourceAddress: '198.51.100.24',
      queueName: `drover-bench-node-${index}`,
      revision: 0,
    }),
  );

let listing = Array.from({ length: FLEET }, (_, index) => instanceOf(index));
const ports = {
  provider: { key: 'lambda-labs' as const, listInstances: async () => listing },
  nodes: {
    get: counted('reads', nodes.get),
    listByProvider: async (...args: Parameters<typeof nodes.listByProvider>) => {
      const found = await nodes.listByProvider(...args);
      requests.reads += LIVING_LIFECYCLES + Math.ceil(found.length / KEYS_PER_BATCH);
      return found;
    },
    end: counted('writes', nodes.end),
    revive: counted('writes', nodes.revive),
    recordBinding: counted('writes', nodes.recordBinding),
  },
  instances: {
    list: async (...args: Parameters<typeof instances.list>) => {
      const found = await instances.list(...args);
      requests.reads += 1 + Math.floor(JSON.stringify(found).length / PAGE_BYTES);
      return found;
    },
    put: counted('writes', instances.put),
    addSegment: counted('writes', instances.addSegment),
  },
  states: { get: counted('reads', states.get), put: counted('writes', states.put) },
  publisher: createMemoryPublisher('drover'),
  audit: createMemoryAuditStore(),
  clock,
  actor: 'bench',
};

const cycle = async (what: string): Promise<void> => {
  now = addSeconds(now, 60);
  requests.reads = 0;
  requests.writes = 0;
  globalThis.gc?.();
  const began = performance.now();
  await reconcileProvider(ports, RECONCILE_POLICY);
  const milliseconds = performance.now() - began;
  const megabytes = process.memoryUsage().rss / 1024 / 1024;
  console.log(
    `${what.padEnd(44)} ${milliseconds.toFixed(0).padStart(7)} ms ${String(requests.reads).padStart(7)} reads ${String(requests.writes).padStart(7)} writes ${megabytes.toFixed(0).padStart(6)} MB`,
  );
};

/** The peer: one copy of the same records and nodes as JSON, which is what reading them costs at the least. */
const peer = async (): Promise<void> => {
  const records = await instances.list('lambda-labs');
  const living = await nodes.listByProvider('lambda-labs', ['active']);
  const began = performance.now();
  JSON.parse(JSON.stringify([records, living]));
  console.log(
    `${'peer: the same records and nodes, copied as JSON'.padEnd(44)} ${(performance.now() - began).toFixed(0).padStart(4)} ms`,
  );
};

console.log(`${FLEET} instances of one provider, each with a node`);
await cycle('first: everything is new');
await cycle('nothing changed');
await cycle('nothing changed');
listing = listing.map((instance, index) =>
  index < FLEET / 100 ? { ...instance, chargeMicroUsdPerHour: 3_990_000 } : instance,
);
await cycle('1 % have another price');
listing = listing.slice(Math.floor(FLEET / 100));
await cycle('1 % are missing for the first time');
await cycle('1 % are missing for the second: gone');
listing = listing.slice(Math.floor(FLEET / 2));
await cycle('half a list: held back');
await peer();
