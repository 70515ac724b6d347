import { describe, expect, it } from 'vitest';
import {
  decideMayLose,
  defaultMayLosePolicy,
  type MayLoseSnapshot,
} from '../../lib/nodes/decide-may-lose.ts';
import { mayLose } from '../../lib/nodes/may-lose.ts';
import { recordInventory } from '../../lib/nodes/record-inventory.ts';
import { makeArtifact } from '../distribution/fixtures.ts';
import { at, atText, makeHeartbeat, makeNode, NODE_ID } from './fixtures.ts';
import { createReportInstallation, sha256 } from './installation.ts';

const A = sha256('a');
const inventory = {
  inventoryAt: atText(0),
  digest: sha256('i'),
  key: 'artifacts/i',
  count: 1,
  bytes: 10,
  unsettled: 0,
  unclaimed: { count: 0, bytes: 0, sample: [] },
};
const drain = { drainId: 'd', epoch: 1, startedAt: atText(0), drainUntil: atText(900), reason: 'idle' };
const node = makeNode({
  lifecycle: 'active',
  heartbeat: makeHeartbeat({ unflushedBytes: 0 }),
  heartbeatAt: atText(0),
  inventory,
});
const safe: MayLoseSnapshot = {
  node,
  entries: [{ artifactId: A, bytes: 10, path: 'models/a' }],
  registered: new Set([A]),
  inStore: new Set([A]),
  configDigest: undefined,
};
const unclaimed = (count: number, bytes: number) => ({
  node: { ...node, inventory: { ...inventory, unclaimed: { count, bytes, sample: [] } } },
});
const decide = (changes: Partial<MayLoseSnapshot>, seconds = 10) =>
  decideMayLose({ ...safe, ...changes }, defaultMayLosePolicy, at(seconds));

describe('decideMayLose', () => {
  it('lets a node go whose every artifact is in the store and that has nothing else', () => {
    expect(decide({})).toMatchObject({ safe: true, reasons: [], missingFromStore: [], unflushedBytes: 0 });
  });

  it.each<[string, Partial<MayLoseSnapshot>, number, string]>([
    ['the node is unknown', { node: undefined }, 10, 'node-unknown'],
    ['it is silent', {}, 90, 'heartbeat-stale'],
    ['it never beat', { node: makeNode({ inventory }) }, 10, 'heartbeat-stale'],
    ['it has told no inventory', { node: { ...node, inventory: undefined } }, 10, 'inventory-missing'],
    ['its inventory cannot be read', { entries: undefined }, 10, 'inventory-missing'],
    ['its inventory is old', {}, 661, 'inventory-stale'],
    ['its inventory knows of no drain', { node: { ...node, drain } }, 10, 'inventory-before-drain'],
    [
      'the scan began before the drain and was sent after it',
      { node: { ...node, drain, inventory: { ...inventory, inventoryAt: atText(9) } } },
      10,
      'inventory-before-drain',
    ],
    [
      'its inventory is of an earlier drain',
      { node: { ...node, drain: { ...drain, epoch: 2 }, inventory: { ...inventory, drainEpoch: 1 } } },
      10,
      'inventory-before-drain',
    ],
    [
      'a file still changed',
      { node: { ...node, inventory: { ...inventory, unsettled: 1 } } },
      10,
      'unsettled-data',
    ],
    [
      'nobody counted files that change',
      { node: { ...node, inventory: { ...inventory, unsettled: undefined } } },
      10,
      'unsettled-unknown',
    ],
    ['an artifact is not in the store', { inStore: new Set<string>() }, 10, 'missing-from-store'],
    ['its log is unknown', { node: { ...node, heartbeat: makeHeartbeat() } }, 10, 'unflushed-unknown'],
    [
      'its log is not in the store',
      { node: { ...node, heartbeat: makeHeartbeat({ unflushedBytes: 1 }) } },
      10,
      'unflushed-data',
    ],
    [
      'nobody looked for other files',
      { node: { ...node, inventory: { ...inventory, unclaimed: undefined } } },
      10,
      'unclaimed-unknown',
    ],
    ['it has other files', unclaimed(1, 0), 10, 'unclaimed-data'],
    ['a file of its data root is no artifact', { registered: new Set<string>() }, 10, 'unclaimed-data'],
    ['it works by another configuration', { configDigest: 'wanted' }, 10, 'configuration-pending'],
  ])('keeps a node when %s [health-and-idle#12-13]', (_what, changes, seconds, reason) => {
    const decision = decide(changes, seconds);
    expect(decision.safe).toBe(false);
    expect(decision.reasons).toContain(reason);
  });

  it('takes an inventory whose scan began under this drain', () => {
    const after = { ...node, drain, inventory: { ...inventory, drainEpoch: 1 } };
    expect(decide({ node: after }).safe).toBe(true);
  });

  it('lets go what a person waived, and nothing that came since', () => {
    const waiver = {
      waivedBy: 'arn',
      waivedAt: atText(0),
      reason: 'scratch',
      expiresAt: atText(60),
      count: 2,
      bytes: 10,
    };
    const waived = (count: number, bytes: number, seconds: number) => {
      const { node: counted } = unclaimed(count, bytes);
      return decide({ node: { ...counted, dataWaiver: waiver } }, seconds);
    };
    expect(waived(2, 10, 10)).toMatchObject({ safe: true, isWaived: true });
    expect(waived(3, 10, 10).reasons).toEqual(['unclaimed-data']);
    expect(waived(2, 11, 10).reasons).toEqual(['unclaimed-data']);
    expect(waived(2, 10, 60).reasons).toEqual(['unclaimed-data']);
  });

  it('never lets a waiver cover an artifact that is not in the store', () => {
    const waiver = {
      waivedBy: 'arn',
      waivedAt: atText(0),
      reason: 'all',
      expiresAt: atText(60),
      count: 9,
      bytes: 99,
    };
    expect(decide({ node: { ...node, dataWaiver: waiver }, inStore: new Set<string>() }).reasons).toEqual([
      'missing-from-store',
    ]);
  });
});

describe('mayLose', () => {
  const nothingElse = { unsettled: 0, unclaimed: { count: 0, bytes: 0, sample: [] } };

  it('counts only verified store replicas, never copies of other nodes [sync#L12]', async () => {
    const { ports, putInventory } = createReportInstallation();
    const stored = makeArtifact({ version: '1' });
    const { storeReplica: _none, ...elsewhere } = makeArtifact({
      version: '2',
      replicaNodeIds: [NODE_ID, 'n-00000000000b'],
    });
    await ports.artifacts.register(stored);
    await ports.artifacts.register(elsewhere);
    const unknown = sha256('never registered');
    const list = putInventory([stored.artifactId, elsewhere.artifactId, unknown]);
    await ports.nodes.create({ ...node, inventory: { inventoryAt: atText(0), ...nothingElse, ...list } });
    const decision = await mayLose(ports, NODE_ID);
    expect(decision.reasons).toEqual(['missing-from-store', 'unclaimed-data']);
    expect(decision.missingFromStore).toEqual([elsewhere.artifactId]);
    expect(decision.unclaimed).toMatchObject({ count: 1 });
  });

  it('does not take the word of an agent that a file outside of its data root is in the store', async () => {
    const { ports, putInventory } = createReportInstallation();
    const stored = makeArtifact({ version: '1' });
    const { storeReplica: _none, ...lost } = makeArtifact({ version: '2' });
    await ports.artifacts.register(stored);
    await ports.artifacts.register(lost);
    const copyOf = (artifactId: string) => ({ artifactId, bytes: 10, path: `/workspace/${artifactId}` });
    const reasonsWith = async (seconds: number, artifactIds: readonly string[]) => {
      const list = putInventory([], NODE_ID, artifactIds.map(copyOf));
      const current = (await ports.nodes.get(NODE_ID)) ?? node;
      await recordInventory(ports, current, { ...nothingElse, ...list }, at(seconds));
      return (await mayLose(ports, NODE_ID)).reasons;
    };
    await ports.nodes.create({ ...node, inventory: undefined });
    expect(await reasonsWith(1, [stored.artifactId])).toEqual([]);
    expect(await reasonsWith(2, [stored.artifactId, lost.artifactId])).toEqual(['missing-from-store']);
    expect(await reasonsWith(3, [sha256('what the registry never took')])).toEqual(['unclaimed-data']);
    expect((await ports.artifacts.get(stored.artifactId))?.replicaNodeIds).toEqual([]);
  });

  it('is safe when all of it is in the store', async () => {
    const { ports, putInventory } = createReportInstallation();
    const stored = makeArtifact();
    await ports.artifacts.register(stored);
    const list = putInventory([stored.artifactId]);
    await ports.nodes.create({ ...node, inventory: { inventoryAt: atText(0), ...nothingElse, ...list } });
    expect(await mayLose(ports, NODE_ID)).toMatchObject({ safe: true, reasons: [] });
  });

  it('takes the drain and the unsettled files from the report of the scan', async () => {
    const { ports, putInventory } = createReportInstallation();
    await ports.nodes.create({ ...node, drain, inventory: undefined });
    const report = async (seconds: number, fields: { drainEpoch?: number; unsettled: number }) => {
      const current = (await ports.nodes.get(NODE_ID)) ?? node;
      await recordInventory(ports, current, { ...nothingElse, ...putInventory([]), ...fields }, at(seconds));
      return (await mayLose(ports, NODE_ID)).reasons;
    };
    expect(await report(1, { unsettled: 0 })).toEqual(['inventory-before-drain']);
    expect(await report(2, { drainEpoch: 1, unsettled: 2 })).toEqual(['unsettled-data']);
    expect(await report(3, { drainEpoch: 1, unsettled: 0 })).toEqual([]);
  });

  it('keeps a node whose list is not what it reported', async () => {
    const { ports } = createReportInstallation();
    await ports.nodes.create(node);
    expect((await mayLose(ports, NODE_ID)).reasons).toEqual(['inventory-missing', 'unclaimed-unknown']);
  });
});
