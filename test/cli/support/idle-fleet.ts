import { createHash } from 'node:crypto';
import { defaultFleetConfig, type FleetConfig } from '../../../lib/config/fleet-config.ts';
import { nodeConfigurationOf } from '../../../lib/config/node-configuration-of.ts';
import { resolveIdlePolicy } from '../../../lib/idle/idle-policy.ts';
import type { IdleConfig } from '../../../lib/idle/idle-settings.ts';
import { criteriaOf } from '../../../lib/idle/idle-snapshot.ts';
import type { Node } from '../../../lib/nodes/node.ts';
import type { InventoryEntry } from '../../../lib/nodes/report.ts';
import type { NextRecord } from '../../../lib/providers/instance-record.ts';
import { openMeter } from '../../../lib/providers/meter.ts';
import { addSeconds } from '../../../lib/time.ts';
import { makeInstance } from '../../providers/fixtures.ts';
import { nodeIdOf, sampleNode } from './samples.ts';
import { createTestInstallation } from './test-installation.ts';

const NOW = new Date('2026-11-23T12:00:00.000Z');
const ago = (seconds: number): string => addSeconds(NOW, -seconds).toISOString();
const clock = { now: () => NOW };
const PRICE = 2_000_000;

/** A vast node that has been idle for an hour, with an empty inventory: nothing keeps it but what `changes` say. */
const idleNode = (index: number, changes: Partial<Node> = {}): Node => {
  const node = sampleNode(index, { provider: 'vast', instanceId: String(index) });
  const { heartbeat } = node;
  if (heartbeat === undefined) throw new Error('the sample has a heartbeat');
  const { digest } = criteriaOf(resolveIdlePolicy({}, node));
  return sampleNode(index, {
    provider: 'vast',
    instanceId: String(index),
    role: 'trainer',
    enrolledAt: ago(7200),
    activatedAt: ago(7200),
    sourceAddress: '203.0.113.7',
    binding: { state: 'confirmed', at: ago(7000), sourceAddress: '203.0.113.7' },
    heartbeatAt: ago(10),
    heartbeat: { ...heartbeat, gpus: [], cpuPercent: 1, sshSessions: 0, unflushedBytes: 0 },
    idleClock: {
      criteria: digest,
      idleSince: ago(3610),
      samples: 120,
      lastSampleAt: ago(10),
      busySignals: [],
    },
    ...changes,
  });
};

const recordOf = (index: number, changes: Partial<NextRecord> = {}): NextRecord => ({
  instance: makeInstance(String(index), { chargeMicroUsdPerHour: PRICE, gpuType: 'RTX 4090' }),
  firstSeenAt: ago(7200),
  misses: 0,
  meter: openMeter({ microUsdPerHour: PRICE }, ago(7200)),
  ...changes,
});

/** An installation with these nodes on vast, a fresh listing, the brake off, and this configuration. */
const createIdleInstallation = async (nodes: readonly Node[], idle: IdleConfig = { mode: 'enforce' }) => {
  const installation = createTestInstallation();
  const { stores, objects } = installation;
  const config: FleetConfig = { ...defaultFleetConfig(), idle };
  await stores.config.put(
    { version: 1, appliedAt: ago(9000), appliedBy: 'somebody', reason: 'test', config },
    0,
  );
  await stores.brakes.put({ evaluatedAt: ago(20), on: false, changed: 0, expected: 3 }, undefined);
  await stores.providerStates.put(
    { provider: 'vast', attemptedAt: ago(20), listedAt: ago(20), listingNumber: 9 },
    undefined,
  );
  /** What lies in the node's data root, as its last inventory lists it. */
  const holding = (
    node: Node,
    entries: readonly InventoryEntry[],
    changes: Partial<NonNullable<Node['inventory']>> = {},
  ): Node => {
    const text = JSON.stringify({ schemaVersion: 1, nodeId: node.nodeId, entries });
    const digest = createHash('sha256').update(text).digest('hex');
    const key = `artifacts/${digest}`;
    objects.set(key, Buffer.from(text));
    const inventory = {
      inventoryAt: ago(60),
      digest,
      key,
      count: entries.length,
      bytes: entries.reduce((sum, { bytes }) => sum + bytes, 0),
      unsettled: 0,
      unclaimed: { count: 0, bytes: 0, sample: [] },
      configDigest: nodeConfigurationOf(config, node).digest,
      ...changes,
    };
    return { ...node, inventory };
  };
  for (const node of nodes) {
    await stores.nodes.create(node.inventory === undefined ? holding(node, []) : node);
    if (node.provider === 'vast') await stores.instances.put(recordOf(Number(node.instanceId)), undefined);
  }
  const run = (
    args: readonly string[],
    changes: Parameters<typeof installation.run>[1] = {},
  ): ReturnType<typeof installation.run> => installation.run(args, { clock, ...changes });
  return { ...installation, run, holding };
};

export { ago, clock, createIdleInstallation, idleNode, NOW, nodeIdOf, PRICE };
