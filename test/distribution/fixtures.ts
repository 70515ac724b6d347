import { createHash } from 'node:crypto';
import type { Artifact } from '../../lib/artifacts/artifact.ts';
import { createMemoryArtifactStore } from '../../lib/artifacts/memory-artifact-store.ts';
import { createMemoryAuditStore } from '../../lib/audit/memory-audit-store.ts';
import type { PullCommand } from '../../lib/commands/command.ts';
import type { CommandResult } from '../../lib/commands/command-result.ts';
import { createMemoryCommandSender } from '../../lib/commands/memory-command-sender.ts';
import { createMemoryCommandStore } from '../../lib/commands/memory-command-store.ts';
import type { Delivery } from '../../lib/distribution/delivery.ts';
import { createMemoryDeliveryStore } from '../../lib/distribution/memory-delivery-store.ts';
import { createMemoryDistributionStore } from '../../lib/distribution/memory-distribution-store.ts';
import { createMemoryTransferSlots } from '../../lib/distribution/memory-transfer-slots.ts';
import { distributionPolicySchema } from '../../lib/distribution/policy.ts';
import { createMemoryPublisher } from '../../lib/events/memory-publisher.ts';
import { createMemorySeenEvents } from '../../lib/events/memory-seen-events.ts';
import { createMemoryNodeStore } from '../../lib/nodes/memory-node-store.ts';
import { type Node, nodeSchema } from '../../lib/nodes/node.ts';
import { addSeconds, type Clock, toTimestamp } from '../../lib/time.ts';

const START = new Date('2026-03-01T12:00:00.000Z');
const GB = 1_000_000_000;
const policy = distributionPolicySchema.parse({});

const nodeIdOf = (index: number): string => `n-${index.toString(16).padStart(12, '0')}`;
const sha256 = (text: string): string => createHash('sha256').update(text).digest('hex');

interface NodeChanges extends Omit<Partial<Node>, 'capabilities'> {
  readonly capabilities?: Partial<Node['capabilities']>;
  readonly disk?: { totalBytes: number; freeBytes: number; usedPercent: number } | undefined;
  readonly noDisk?: boolean;
  readonly noHeartbeat?: boolean;
}

/** A live node with a big, empty disk. */
const makeNode = (index: number, changes: NodeChanges = {}): Node => {
  const { disk, noDisk, noHeartbeat, capabilities, ...fields } = changes;
  const heartbeat = {
    agentVersion: '0.1.0',
    uptimeSeconds: 60,
    mode: 'active',
    slots: { total: 1, free: 1 },
    ...(noDisk ? {} : { disk: disk ?? { totalBytes: 100 * GB, freeBytes: 90 * GB, usedPercent: 10 } }),
    runningCommandIds: [],
    activeTransfers: 0,
  };
  return nodeSchema.parse({
    nodeId: nodeIdOf(index),
    provider: 'static',
    instanceId: `machine-${index}`,
    capabilities: { gpuCount: 1, ...capabilities },
    lifecycle: 'active',
    enrolledAt: toTimestamp(START),
    bootId: 'boot-1',
    queueName: `drover-test-node-${nodeIdOf(index)}`,
    revision: 1,
    ...(noHeartbeat ? {} : { heartbeat, heartbeatAt: toTimestamp(START), heartbeatSeq: 1 }),
    ...fields,
  });
};

const makeArtifact = (changes: Partial<Artifact> = {}): Artifact => {
  const artifactId = changes.artifactId ?? sha256(`${changes.name ?? 'hex8_2p'}@${changes.version ?? '12'}`);
  return {
    artifactId,
    kind: 'model',
    name: 'hex8_2p',
    version: '12',
    fileName: 'm.pth',
    bytes: 2_000_000,
    labels: {},
    registeredAt: toTimestamp(START),
    registeredBy: 'arn:aws:iam::000000000000:user/op',
    storeReplica: {
      key: `artifacts/${artifactId}`,
      verifiedAt: toTimestamp(START),
      checksum: Buffer.from(artifactId, 'hex').toString('base64'),
    },
    replicaNodeIds: [],
    ...changes,
  };
};

const makeDelivery = (changes: Partial<Delivery> = {}): Delivery => ({
  artifactId: makeArtifact().artifactId,
  nodeId: nodeIdOf(1),
  state: 'pending',
  attempt: 0,
  attemptBase: 0,
  dueAt: toTimestamp(START),
  bytesTotal: 2_000_000,
  distributionIds: [],
  createdAt: toTimestamp(START),
  openedAt: toTimestamp(START),
  updatedAt: toTimestamp(START),
  revision: 0,
  ...changes,
});

interface ManualClock extends Clock {
  advance(seconds: number): void;
}

const makeClock = (): ManualClock => {
  let now = START;
  return {
    now: () => now,
    advance: (seconds) => {
      now = addSeconds(now, seconds);
    },
  };
};

/** The whole control plane of distribution on its memory adapters. */
const makeFleet = async (nodes: readonly Node[], artifacts: readonly Artifact[] = [makeArtifact()]) => {
  const clock = makeClock();
  const ports = {
    deliveries: createMemoryDeliveryStore(),
    distributions: createMemoryDistributionStore(),
    artifacts: createMemoryArtifactStore(),
    commands: createMemoryCommandStore(),
    slots: createMemoryTransferSlots(),
    nodes: createMemoryNodeStore(),
    audit: createMemoryAuditStore(),
    publisher: createMemoryPublisher(),
    sender: createMemoryCommandSender(),
    seen: createMemorySeenEvents(clock),
    clock,
    artifactBucket: 'drover-test-artifacts',
    actor: 'test',
  };
  for (const node of nodes) await ports.nodes.create(node);
  for (const artifact of artifacts) await ports.artifacts.register(artifact);
  return ports;
};
type Fleet = Awaited<ReturnType<typeof makeFleet>>;

/** A node's heartbeat now, so that it stays fresh while the clock runs. */
const beat = async (fleet: Fleet, node: Node, seq: number): Promise<void> => {
  if (node.heartbeat === undefined) throw new Error('the fixture node has no heartbeat');
  await fleet.nodes.recordHeartbeat(node.nodeId, {
    bootId: node.bootId,
    seq,
    heartbeat: node.heartbeat,
    sentAt: fleet.clock.now(),
  });
};

type FileCommand = Pick<PullCommand, 'commandId' | 'attempt' | 'artifactId' | 'bytes' | 'path'> & {
  readonly type: 'pull' | 'verify';
  readonly current?: PullCommand['current'];
};

const succeeded = (command: FileCommand): CommandResult => ({
  commandId: command.commandId,
  attempt: command.attempt,
  commandType: command.type,
  outcome: 'succeeded',
  file: {
    artifactId: command.artifactId,
    bytes: command.bytes,
    path: command.path,
    transferredBytes: command.bytes,
    durationSeconds: 1,
    ...(command.current === undefined ? {} : { currentPromotedAt: command.current.promotedAt }),
  },
});

const failed = (
  command: FileCommand,
  failureClass: Extract<CommandResult, { outcome: 'failed' }>['failure']['class'],
): CommandResult => ({
  commandId: command.commandId,
  attempt: command.attempt,
  commandType: command.type,
  outcome: 'failed',
  failure: { class: failureClass, message: `it was ${failureClass}` },
  artifactId: command.artifactId,
});

/** The file commands that were sent, in order. */
const sentFiles = (fleet: Pick<Fleet, 'sender'>) =>
  fleet.sender.sent.flatMap((command) =>
    command.type === 'pull' || command.type === 'verify' ? [command] : [],
  );

export type { FileCommand, Fleet, ManualClock, NodeChanges };
export {
  beat,
  failed,
  GB,
  makeArtifact,
  makeClock,
  makeDelivery,
  makeFleet,
  makeNode,
  nodeIdOf,
  policy,
  START,
  sentFiles,
  sha256,
  succeeded,
};
