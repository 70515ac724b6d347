import { type Artifact, artifactSchema } from '../../../lib/artifacts/artifact.ts';
import { type Delivery, deliverySchema } from '../../../lib/distribution/delivery.ts';
import { type Distribution, distributionSchema } from '../../../lib/distribution/distribution.ts';
import { type Node, nodeSchema } from '../../../lib/nodes/node.ts';
import { systemClock, toTimestamp } from '../../../lib/time.ts';

const nodeIdOf = (index: number): string => `n-${String(index).padStart(12, '0')}`;
const artifactId = 'ab'.repeat(32);
const now = (): string => toTimestamp(systemClock.now());

/** An active node with a fresh heartbeat and room on its disk. */
const sampleNode = (index: number, changes: Partial<Node> = {}): Node =>
  nodeSchema.parse({
    nodeId: nodeIdOf(index),
    provider: 'static',
    instanceId: `machine-${index}`,
    capabilities: {},
    lifecycle: 'active',
    enrolledAt: '2026-11-23T12:00:00.000Z',
    bootId: `boot-${index}`,
    queueName: `drover-test-node-${nodeIdOf(index)}`,
    heartbeatAt: now(),
    heartbeatSeq: 1,
    heartbeat: {
      agentVersion: '0.1.0',
      uptimeSeconds: 60,
      mode: 'active',
      slots: { total: 1, free: 1 },
      disk: { totalBytes: 1e12, freeBytes: 9e11, usedPercent: 10 },
      runningCommandIds: [],
      activeTransfers: 0,
    },
    revision: 1,
    ...changes,
  });

const sampleArtifact = (changes: Partial<Artifact> = {}): Artifact =>
  artifactSchema.parse({
    artifactId,
    kind: 'model',
    name: 'hex8_2p',
    version: '12',
    fileName: 'm.pth',
    bytes: 200_000_000,
    registeredAt: '2026-11-23T12:00:00.000Z',
    registeredBy: 'somebody',
    storeReplica: { key: `artifacts/${artifactId}`, verifiedAt: '2026-11-23T12:00:00.000Z', checksum: 'x-4' },
    ...changes,
  });

const sampleDelivery = (index: number, changes: Partial<Delivery> = {}): Delivery =>
  deliverySchema.parse({
    artifactId,
    nodeId: nodeIdOf(index),
    state: 'pending',
    attempt: 0,
    bytesTotal: 200_000_000,
    createdAt: '2026-11-23T12:00:00.000Z',
    updatedAt: '2026-11-23T12:00:00.000Z',
    revision: 0,
    ...changes,
  });

const sampleDistribution = (changes: Partial<Distribution> = {}): Distribution =>
  distributionSchema.parse({
    distributionId: 'd-1',
    artifactId,
    kind: 'model',
    name: 'hex8_2p',
    version: '12',
    bytes: 200_000_000,
    trigger: 'promotion',
    eventId: 'e-1',
    state: 'running',
    createdAt: '2026-11-23T12:00:00.000Z',
    deadlineAt: '2026-11-23T12:05:00.000Z',
    targetNodeIds: [nodeIdOf(1), nodeIdOf(2)],
    requiredVerified: 2,
    revision: 0,
    ...changes,
  });

export { artifactId, nodeIdOf, sampleArtifact, sampleDelivery, sampleDistribution, sampleNode };
