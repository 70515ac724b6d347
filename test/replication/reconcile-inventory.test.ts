import { describe, expect, it } from 'vitest';
import { decideInventory } from '../../lib/replication/decide-inventory.ts';
import { reconcileInventory, turnOf } from '../../lib/replication/reconcile-inventory.ts';
import { makeDelivery, nodeIdOf, sha256 } from '../distribution/fixtures.ts';
import { at, inStore, makeHolder, makeInstallation } from './fixtures.ts';

const node = nodeIdOf(1);
const ids = ['listed', 'uncounted', 'gone', 'young', 'strange'].map(sha256);
const [listed = '', uncounted = '', gone = '', young = '', strange = ''] = ids;

describe('decideInventory', () => {
  it('compares both ways, and names only what does not agree', () => {
    const findings = decideInventory({
      listed: new Set([listed, uncounted, strange]),
      inventoryAt: at(0),
      known: new Map([
        [listed, { isHolder: true }],
        [uncounted, { isHolder: false }],
        [gone, { isHolder: true }],
        [young, { isHolder: true }],
      ]),
      verifiedAt: new Map([
        [listed, at(-9000)],
        [gone, at(-1200)],
        [young, at(-1199)],
      ]),
    });
    expect(new Map(findings.map(({ artifactId, reason }) => [artifactId, reason]))).toEqual(
      new Map([
        [uncounted, 'copy-not-counted'],
        [gone, 'copy-not-listed'],
        [young, 'copy-too-young'],
        [strange, 'orphan'],
      ]),
    );
  });

  it('finds the one that differs among 300,000, which a filter of fixed size would not [sync#L22]', () => {
    const many = Array.from({ length: 300_000 }, (_, index) => `artifact-${index}`);
    const known = new Map(many.map((artifactId, index) => [artifactId, { isHolder: index !== 123_456 }]));
    const findings = decideInventory({
      listed: new Set(many),
      inventoryAt: at(0),
      known,
      verifiedAt: new Map(),
    });
    expect(findings).toEqual([{ artifactId: 'artifact-123456', action: 'add', reason: 'copy-not-counted' }]);
  });

  it('gives each node one minute of the day, so that no minute has them all [sync#L22]', () => {
    const nodes = Array.from({ length: 2000 }, (_, index) => nodeIdOf(index));
    const perMinute = Array.from({ length: 1440 }, () => 0);
    for (const nodeId of nodes) perMinute[turnOf(nodeId)] = (perMinute[turnOf(nodeId)] ?? 0) + 1;
    expect(perMinute.reduce((sum, count) => sum + count, 0)).toBe(2000);
    expect(Math.max(...perMinute)).toBeLessThan(12);
  });
});

describe('reconcileInventory', () => {
  it('counts what the node lists, and drops what it lost', async () => {
    const artifacts = [inStore('uncounted'), inStore('gone', 1)];
    const installation = await makeInstallation([], artifacts);
    const { fleet, ports, putInventory } = installation;
    const inventory = { inventoryAt: at(0), ...putInventory(node, [uncounted, strange]) };
    const holder = makeHolder(1, { inventory });
    await fleet.deliveries.create(
      makeDelivery({ artifactId: gone, nodeId: node, state: 'verified', verifiedAt: at(-9000) }),
    );

    expect(await reconcileInventory(ports, holder)).toEqual({ added: 1, dropped: 1, orphans: 1 });

    expect((await fleet.artifacts.get(uncounted))?.replicaNodeIds).toEqual([node]);
    expect((await fleet.artifacts.get(gone))?.replicaNodeIds).toEqual([]);
    expect(await reconcileInventory(ports, holder)).toEqual({ added: 0, dropped: 0, orphans: 1 });
  });

  it('says nothing of a list that is old, written off or not there', async () => {
    const { fleet, ports, putInventory } = await makeInstallation([], [inStore('uncounted')]);
    const pointer = putInventory(node, [uncounted]);
    const nothing = { added: 0, dropped: 0, orphans: 0 };
    for (const inventory of [
      { inventoryAt: at(-661), ...pointer },
      { inventoryAt: at(0), ...pointer, writeOff: 'done' as const },
      { inventoryAt: at(0), ...pointer, key: 'artifacts/none' },
    ])
      expect(await reconcileInventory(ports, makeHolder(1, { inventory }))).toEqual(nothing);
    expect((await fleet.artifacts.get(uncounted))?.replicaNodeIds).toEqual([]);
  });
});
