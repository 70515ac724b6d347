import { createMemoryArtifactStore } from '../../../lib/artifacts/memory-artifact-store.ts';
import { createMemoryAuditStore } from '../../../lib/audit/memory-audit-store.ts';
import { createMemoryCommandSender } from '../../../lib/commands/memory-command-sender.ts';
import { createMemoryCommandStore } from '../../../lib/commands/memory-command-store.ts';
import { createMemoryDeliveryStore } from '../../../lib/distribution/memory-delivery-store.ts';
import { createMemoryDistributionStore } from '../../../lib/distribution/memory-distribution-store.ts';
import { createMemoryTransferSlots } from '../../../lib/distribution/memory-transfer-slots.ts';
import { createMemoryPublisher } from '../../../lib/events/memory-publisher.ts';
import { createMemoryHoldStore } from '../../../lib/holds/memory-hold-store.ts';
import { resolveIdlePolicy } from '../../../lib/idle/idle-policy.ts';
import type { IdlePorts } from '../../../lib/idle/idle-ports.ts';
import type { IdleConfig } from '../../../lib/idle/idle-settings.ts';
import { criteriaOf } from '../../../lib/idle/idle-snapshot.ts';
import { createMemoryLedgerStore } from '../../../lib/idle/memory-ledger-store.ts';
import { createMemoryInventoryDocuments } from '../../../lib/nodes/memory-inventory-documents.ts';
import { createMemoryNodeStore } from '../../../lib/nodes/memory-node-store.ts';
import type { Node } from '../../../lib/nodes/node.ts';
import type { ReportPorts } from '../../../lib/nodes/record-report.ts';
import type { Report } from '../../../lib/nodes/report.ts';
import { createMemoryInstanceStore } from '../../../lib/providers/memory-instance-store.ts';
import { createMemoryProviderStateStore } from '../../../lib/providers/memory-provider-state-store.ts';
import { makeArtifact } from '../../distribution/fixtures.ts';
import { at, makeNode } from '../../nodes/fixtures.ts';
import { makeInstance } from '../../providers/fixtures.ts';
import type { Random } from './random.ts';
import { hash, type SimulatedAgent, sendHeartbeat, sendInventory } from './simulated-agent.ts';
import type { SimulatedProvider } from './simulated-provider.ts';

/** How the installation is set, and what is true around it. */
interface Around {
  idle: IdleConfig;
  brake: 'off' | 'on';
  /** What cannot be read in this minute. */
  unreadable: ReadonlySet<'holds' | 'brake' | 'work'>;
  pendingWork: number;
}

interface Message {
  readonly deliverAt: number;
  readonly sentAt: number;
  readonly report: Report;
}

/** The control plane's stores in memory, and the ports of its functions. */
const createInstallation = (around: Around, now: () => number, provider: SimulatedProvider) => {
  const nodes = createMemoryNodeStore();
  const objects = new Map<string, Uint8Array>();
  const publisher = createMemoryPublisher();
  const sender = createMemoryCommandSender();
  const holds = createMemoryHoldStore();
  const audit = createMemoryAuditStore();
  const artifacts = createMemoryArtifactStore();
  const commands = createMemoryCommandStore();
  const instances = createMemoryInstanceStore();
  const states = createMemoryProviderStateStore();
  const shared = {
    nodes,
    artifacts,
    commands,
    audit,
    publisher,
    documents: createMemoryInventoryDocuments(objects),
    clock: { now: () => at(now()) },
    warn: () => undefined,
  };
  const readable = (what: 'holds' | 'brake' | 'work'): void => {
    if (around.unreadable.has(what)) throw new Error(`${what} cannot be read`);
  };
  const idlePorts: IdlePorts = {
    ...shared,
    provider,
    instances,
    states,
    ledgers: createMemoryLedgerStore(),
    sender,
    holds: {
      listLive: async (moment) => {
        readable('holds');
        return holds.listLive(moment);
      },
    },
    brakeState: async () => {
      readable('brake');
      return around.brake;
    },
    pendingWork: async () => {
      readable('work');
      return around.pendingWork;
    },
    settings: {
      current: async () => ({
        idle: around.idle,
        nodeConfiguration: () => ({ digest: 'data-1', claim: [], ignore: [] }),
      }),
    },
    actor: 'shut-down-idle',
  };
  const reportPorts: ReportPorts = {
    ...shared,
    deliveries: createMemoryDeliveryStore(),
    distributions: createMemoryDistributionStore(),
    slots: createMemoryTransferSlots(),
    recordWork: async () => undefined,
    // No simulated agent uploads anything.
    bucket: 'artifacts-bucket',
    objects: { describe: async () => undefined },
    idleCriteria: async (node: Node) => criteriaOf(resolveIdlePolicy(around.idle, node)),
  };
  const reconcilePorts = { ...shared, provider, instances, states, actor: 'reconcile-instances' };
  return { ...shared, idlePorts, reconcilePorts, reportPorts, objects, sender, holds };
};
type Installation = ReturnType<typeof createInstallation>;

/** A node that somebody rents: an instance, an enrolled node, an agent. */
const rent = async (
  { nodes }: Installation,
  provider: SimulatedProvider,
  random: Random,
  index: number,
  now: number,
): Promise<SimulatedAgent> => {
  const nodeId = `n-${index.toString(16).padStart(12, '0')}`;
  const instanceId = `i-${index}`;
  const gpuType = random.pick(['H100', 'A100']);
  const isOdd = random.chance(0.08);
  const charge = isOdd ? random.pick([undefined, 0, 99_999]) : random.whole(100_000, 4_000_000);
  const instance = makeInstance(instanceId, {
    provider: provider.key,
    gpuType,
    chargeMicroUsdPerHour: charge,
    status: random.chance(0.03) ? 'booting' : 'running',
    ...(random.chance(0.03) ? { locked: true } : {}),
  });
  provider.rented.set(instanceId, { instance });
  await nodes.create(
    makeNode({
      nodeId,
      instanceId,
      provider: provider.key,
      role: random.pick(['worker', 'worker', 'trainer']),
      capabilities: { ...makeNode().capabilities, gpuCount: 2 },
      enrolledAt: at(now).toISOString(),
      queueName: `queue-${nodeId}`,
    }),
  );
  return {
    nodeId,
    instanceId,
    bornSeconds: now,
    bootId: 'boot-1',
    seq: 0,
    files: [],
    unclaimed: 0,
    unflushedBytes: 0,
    unsettled: 0,
    busyUntil: now + random.pick([0, 0, 600, 3600]),
    sessionFrom: 0,
    sessionUntil: 0,
    usedAt: now,
    silentUntil: 0,
    knownEpoch: 0,
    inventoryAt: -9999,
    pendingTransfers: 0,
    probeBusyUntil: 0,
    cpuBusyUntil: 0,
  };
};

const newFile = async (
  { artifacts }: Installation,
  agent: SimulatedAgent,
  random: Random,
  now: number,
): Promise<void> => {
  const artifactId = hash(`${agent.nodeId}-${now}-${random.next()}`);
  const isRegistered = random.chance(0.7);
  const isSafe = isRegistered && random.chance(0.6);
  if (isRegistered)
    await artifacts.register(
      makeArtifact({
        artifactId,
        version: artifactId.slice(0, 12),
        storeReplica: isSafe
          ? { key: `artifacts/${artifactId}`, verifiedAt: at(now).toISOString(), checksum: 'c' }
          : undefined,
      }),
    );
  agent.files.push({ artifactId, isRegistered, isSafe });
};

/** What happens on a node in one minute, apart from its drain. Only somebody who uses it makes files. */
const live = async (
  installation: Installation,
  agent: SimulatedAgent,
  random: Random,
  now: number,
): Promise<void> => {
  const isPromised = agent.drain !== undefined;
  if (!isPromised && random.chance(0.004)) agent.busyUntil = now + 60 * random.whole(1, 40);
  if (now > agent.sessionUntil && random.chance(0.002)) {
    agent.sessionFrom = now;
    agent.sessionUntil = now + 60 * random.whole(4, 20);
  }
  const isSeen = agent.sessionFrom + 180 <= now && now < agent.sessionUntil;
  const isWorking = !isPromised && now < agent.busyUntil;
  if ((isWorking || isSeen) && random.chance(0.1)) await newFile(installation, agent, random, now);
  if ((isWorking || isSeen) && random.chance(0.03)) agent.unclaimed += 1;
  if (isWorking) agent.unflushedBytes = random.whole(0, 100);
  else if (random.chance(0.3)) agent.unflushedBytes = 0;
  agent.unsettled = isWorking ? random.whole(0, 1) : random.chance(0.7) ? 0 : agent.unsettled;
  agent.pendingTransfers = random.chance(0.01) ? 1 : 0;
  if (random.chance(0.003)) agent.cpuBusyUntil = now + 300;
  if (random.chance(0.002)) agent.probeBusyUntil = now + 180;
  // Sooner or later somebody puts, or throws away, what nothing claims.
  if (random.chance(0.05)) {
    agent.unclaimed = 0;
    agent.files = agent.files.filter(({ isSafe }) => isSafe);
  }
  await work(installation, agent, random, now);
  delete agent.blind;
  if (random.chance(0.01)) agent.blind = random.pick(['gpu', 'cpu', 'ssh', 'unclaimed']);
  if (random.chance(0.002)) agent.silentUntil = now + 60 * random.whole(2, 6);
  if (random.chance(0.0006)) await reboot(installation, agent, now);
};

/** Leases, some of them of work that uses no GPU; rarely somebody revokes the node. */
const work = async (
  { nodes }: Installation,
  agent: SimulatedAgent,
  random: Random,
  now: number,
): Promise<void> => {
  const { nodeId, lease } = agent;
  if (lease !== undefined && now >= lease.until) {
    await nodes.releaseLease(nodeId, lease.token);
    delete agent.lease;
  }
  if (agent.lease === undefined && random.chance(0.003)) {
    const next = { token: `t-${now}`, until: now + 60 * random.whole(5, 20) };
    const right = { workId: 'w', attempt: 1, leaseUntil: at(next.until).toISOString() };
    if (await nodes.grantLease(nodeId, next.token, right)) agent.lease = next;
  }
  if (random.chance(0.0002)) await nodes.revoke(nodeId, at(now));
};

const reboot = async ({ nodes }: Installation, agent: SimulatedAgent, now: number): Promise<void> => {
  const node = await nodes.get(agent.nodeId);
  if (node === undefined) return;
  agent.bootId = `boot-${now}`;
  agent.busyUntil = 0;
  delete agent.drain;
  await nodes.rebind(agent.nodeId, node.revision, agent.bootId, undefined);
};

/** The agent's messages of this minute; some are late, some come twice. */
const speak = (
  { objects }: Installation,
  agent: SimulatedAgent,
  random: Random,
  now: number,
  faults: { count(kind: 'delayed' | 'repeated'): void },
): { readonly send: (report: Report) => void; readonly messages: Message[] } => {
  const messages: Message[] = [];
  const send = (report: Report): void => {
    const isLate = random.chance(0.01);
    if (isLate) faults.count('delayed');
    messages.push({ deliverAt: isLate ? now + 60 * random.whole(1, 3) : now, sentAt: now, report });
    if (!random.chance(0.01)) return;
    faults.count('repeated');
    messages.push({ deliverAt: now + 60 * random.whole(0, 4), sentAt: now, report });
  };
  if (now >= agent.silentUntil) {
    sendHeartbeat(agent, now, send);
    if (now - agent.inventoryAt >= 600) sendInventory(agent, now, objects, send);
  }
  return { send, messages };
};

export type { Around, Installation, Message };
export { createInstallation, live, rent, speak };
