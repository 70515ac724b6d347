import { createHash } from 'node:crypto';
import { artifactKey } from '../../lib/artifacts/artifact.ts';
import { createMemoryArtifactStore } from '../../lib/artifacts/memory-artifact-store.ts';
import { createMemoryAuditStore } from '../../lib/audit/memory-audit-store.ts';
import { createMemoryCommandSender } from '../../lib/commands/memory-command-sender.ts';
import { createMemoryCommandStore } from '../../lib/commands/memory-command-store.ts';
import { createMemoryPublisher } from '../../lib/events/memory-publisher.ts';
import { createMemoryHoldStore } from '../../lib/holds/memory-hold-store.ts';
import type { IdlePorts } from '../../lib/idle/idle-ports.ts';
import type { IdleConfig } from '../../lib/idle/idle-settings.ts';
import { advanceIdleClock } from '../../lib/idle/idle-signals.ts';
import { createMemoryLedgerStore } from '../../lib/idle/memory-ledger-store.ts';
import type { Heartbeat } from '../../lib/nodes/heartbeat.ts';
import { createMemoryInventoryDocuments } from '../../lib/nodes/memory-inventory-documents.ts';
import { createMemoryNodeStore } from '../../lib/nodes/memory-node-store.ts';
import type { Node } from '../../lib/nodes/node.ts';
import { createMemoryInstanceStore } from '../../lib/providers/memory-instance-store.ts';
import { createMemoryProviderStateStore } from '../../lib/providers/memory-provider-state-store.ts';
import type { TerminateOutcome } from '../../lib/providers/provider-port.ts';
import { addSeconds } from '../../lib/time.ts';
import { makeRecord } from '../providers/fixtures.ts';
import { ago, CRITERIA, NOW, providerState } from './fixtures.ts';

const CONFIGURATION = { digest: 'data-1', claim: [], ignore: [] };

/** What the provider answers, and what it was asked. */
interface ScriptedProvider {
  answer: TerminateOutcome['outcome'];
  /** Runs while the provider is asked for an end. */
  meanwhile: () => Promise<unknown>;
  readonly terminated: string[];
  listings: number;
}

/** The inventory of a node that holds nothing, taken for its drain. */
const emptyInventory = (
  objects: Map<string, Uint8Array>,
  { nodeId, drain }: Node,
): NonNullable<Node['inventory']> => {
  const bytes = Buffer.from(JSON.stringify({ schemaVersion: 1, nodeId, entries: [] }));
  const digest = createHash('sha256').update(bytes).digest('hex');
  objects.set(artifactKey(digest), bytes);
  return {
    inventoryAt: ago(60),
    digest,
    key: artifactKey(digest),
    count: 0,
    bytes: 0,
    unsettled: 0,
    unclaimed: { count: 0, bytes: 0, sample: [] },
    configDigest: CONFIGURATION.digest,
    ...(drain === undefined ? {} : { drainEpoch: drain.epoch }),
  };
};

/** The stores of one vast account in memory, in the mode `enforce`, with the one instance `1001` and a provider by script. */
const createIdleInstallation = async (bare: Node, idle: IdleConfig = {}) => {
  let now = NOW;
  const config: { idle: IdleConfig } = { idle: { mode: 'enforce', retain: 0, ...idle } };
  const provider: ScriptedProvider = {
    answer: 'accepted',
    meanwhile: async () => undefined,
    terminated: [],
    listings: 0,
  };
  const record = makeRecord('1001');
  const nodes = createMemoryNodeStore();
  const publisher = createMemoryPublisher();
  const objects = new Map<string, Uint8Array>();
  const node = { ...bare, inventory: emptyInventory(objects, bare) };
  const instances = createMemoryInstanceStore();
  const states = createMemoryProviderStateStore();
  const ports = {
    provider: {
      key: 'vast',
      listInstances: async () => {
        provider.listings += 1;
        return [record.instance];
      },
      terminate: async (instanceId) => {
        provider.terminated.push(instanceId);
        await provider.meanwhile();
        return { outcome: provider.answer, detail: 'by script' };
      },
    },
    nodes,
    instances,
    states,
    artifacts: createMemoryArtifactStore(),
    documents: createMemoryInventoryDocuments(objects),
    holds: createMemoryHoldStore(),
    brakeState: async () => 'off',
    ledgers: createMemoryLedgerStore(),
    settings: {
      current: async () => ({
        idle: config.idle,
        nodeConfiguration: () => CONFIGURATION,
      }),
    },
    pendingWork: async () => 0,
    commands: createMemoryCommandStore(),
    sender: createMemoryCommandSender(),
    audit: createMemoryAuditStore(),
    publisher,
    clock: { now: () => now },
    warn: () => undefined,
    actor: 'shut-down-idle',
  } satisfies IdlePorts;
  await nodes.create(node);
  await instances.put(record, undefined);
  const list = async (): Promise<void> => {
    const { revision: _fixed, ...state } = providerState({ listedAt: now.toISOString() });
    const before = await states.get('vast');
    await states.put(state, before?.revision);
  };
  await list();
  return {
    ports,
    config,
    provider,
    told: () => publisher.published.map(({ name, fields }) => ({ name, ...fields })),
    node: async (): Promise<Node> => {
      const found = await nodes.get(node.nodeId);
      if (found === undefined) throw new Error('the node is gone');
      return found;
    },
    /** Time passes, the provider is listed anew, and the agent beats. */
    advance: async (seconds: number, heartbeat?: Heartbeat): Promise<void> => {
      now = addSeconds(now, seconds);
      await list();
      const { nodeId, bootId, heartbeatSeq = 0, ...latest } = (await nodes.get(node.nodeId)) ?? node;
      const beat = heartbeat ?? latest.heartbeat;
      if (beat === undefined) return;
      const idleClock = advanceIdleClock({ ...node, ...latest }, beat, CRITERIA, now);
      const marks = { heartbeatRecordedAt: now.toISOString(), idleClock };
      await nodes.recordHeartbeat(nodeId, {
        bootId,
        seq: heartbeatSeq + 1,
        heartbeat: beat,
        sentAt: now,
        marks,
      });
    },
  };
};

export { createIdleInstallation };
