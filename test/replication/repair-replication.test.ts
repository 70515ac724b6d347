import { describe, expect, it } from 'vitest';
import { recordCommandResult } from '../../lib/distribution/record-command-result.ts';
import { putHold } from '../../lib/holds/put-hold.ts';
import { randomIds } from '../../lib/ids.ts';
import { recordInventory } from '../../lib/nodes/record-inventory.ts';
import { repairReplication } from '../../lib/replication/repair-replication.ts';
import { beat, makeArtifact, makeDelivery, nodeIdOf, sha256 } from '../distribution/fixtures.ts';
import { at, inStore, makeHolder, makeInstallation, onNodes } from './fixtures.ts';

type Installation = Awaited<ReturnType<typeof makeInstallation>>;

const replica = (artifactId: string) => ({
  key: `artifacts/${artifactId}`,
  verifiedAt: at(60),
  checksum: 'x',
});
const markOf = async ({ fleet }: Installation, artifactId: string) =>
  (await fleet.artifacts.getMarked(artifactId))?.mark;
const named = ({ fleet }: Installation, name: string) =>
  fleet.publisher.published.filter((event) => event.name === name);

/** A node that listed these artifacts, as its inventory report says. */
const listing = async (installation: Installation, nodeIndex: number, artifactIds: readonly string[]) => {
  const { fleet, ports, putInventory } = installation;
  // Newer than what the fixture says.
  fleet.clock.advance(1);
  const node = await fleet.nodes.get(nodeIdOf(nodeIndex));
  if (node === undefined) throw new Error('no such node');
  const report = putInventory(node.nodeId, artifactIds);
  return recordInventory({ ...ports, nodes: fleet.nodes }, node, report, fleet.clock.now());
};

/** Both nodes beat and list until `seconds` later; the others stay silent. */
const passMinutes = async (
  installation: Installation,
  minutes: number,
  beating: readonly number[],
  held: readonly string[],
) => {
  const { fleet } = installation;
  for (let minute = 0; minute < minutes; minute += 1) {
    fleet.clock.advance(60);
    for (const index of beating) {
      const node = await fleet.nodes.get(nodeIdOf(index));
      if (node !== undefined) await beat(fleet, node, (node.heartbeatSeq ?? 0) + 1);
    }
  }
  for (const index of beating) await listing(installation, index, held);
};

describe('repairReplication', () => {
  it('brings what only a node holds into the store, and tells when it is there', async () => {
    const artifact = onNodes('a', 1);
    const installation = await makeInstallation([makeHolder(1)], [artifact]);
    const { fleet, ports } = installation;

    const begun = await repairReplication(ports, {}, false);
    expect(begun).toMatchObject({ begun: 1, running: 1, reasons: { 'store-copy-missing': 1 } });
    const [command] = fleet.sender.sent;
    expect(command).toMatchObject({ type: 'push', nodeId: nodeIdOf(1), artifactId: artifact.artifactId });

    await repairReplication(ports, {}, false);
    expect(fleet.sender.sent).toHaveLength(1);

    await fleet.artifacts.setStoreReplica(artifact.artifactId, replica(artifact.artifactId));
    fleet.clock.advance(60);
    const ended = await repairReplication(ports, {}, false);
    expect(ended).toMatchObject({ ended: [{ how: 'succeeded' }], running: 0, settled: 1 });
    expect(named(installation, 'ReplicationRepaired')).toMatchObject([
      {
        fields: { artifactId: artifact.artifactId, nodeId: nodeIdOf(1), action: 'push', durationSeconds: 60 },
      },
    ]);
    expect(await markOf(installation, artifact.artifactId)).toBeUndefined();
  });

  it('asks another time, after the cooldown, when a push failed', async () => {
    const artifact = onNodes('a', 1, 2);
    const installation = await makeInstallation([makeHolder(1), makeHolder(2)], [artifact]);
    const { fleet, ports } = installation;
    await repairReplication(ports, {}, false);
    const [command] = fleet.sender.sent;
    if (command?.type !== 'push') throw new Error('no push');
    const failure = { class: 'store-unreachable', message: 'no way' } as const;
    await recordCommandResult(
      fleet,
      command.nodeId,
      { commandId: command.commandId, attempt: 1, commandType: 'push', outcome: 'failed', failure },
      fleet.clock.now(),
    );
    expect((await repairReplication(ports, {}, false)).ended).toMatchObject([{ how: 'failed' }]);
    await passMinutes(installation, 9, [1, 2], [artifact.artifactId]);
    await repairReplication(ports, {}, false);
    expect(fleet.sender.sent).toHaveLength(1);
    await passMinutes(installation, 1, [1, 2], [artifact.artifactId]);
    await repairReplication(ports, {}, false);
    expect(fleet.sender.sent).toHaveLength(2);
  });

  it('pushes the only copy in the next cycle when the store lost what lacked node copies only', async () => {
    const artifact = inStore('a', 1);
    const installation = await makeInstallation([makeHolder(1)], [artifact]);
    const { fleet, ports } = installation;
    const config = { targetNodeCopies: 2 };
    await repairReplication(ports, config, false);
    expect(await markOf(installation, artifact.artifactId)).toMatchObject({
      state: 'short',
      dueAt: at(3600),
    });

    await fleet.artifacts.dropStoreReplica(artifact.artifactId, artifact.storeReplica?.verifiedAt ?? '');
    await repairReplication(ports, config, false);

    expect(fleet.sender.sent).toMatchObject([{ type: 'push', nodeId: nodeIdOf(1) }]);
  });

  it('drops a copy that the node asked to push does not have', async () => {
    const artifact = onNodes('a', 1, 2);
    const installation = await makeInstallation([makeHolder(1), makeHolder(2)], [artifact]);
    const { fleet, ports } = installation;
    await repairReplication(ports, {}, false);
    const [command] = fleet.sender.sent;
    if (command?.type !== 'push') throw new Error('no push');
    const failure = { class: 'checksum-mismatch', message: 'rot' } as const;
    await recordCommandResult(
      fleet,
      command.nodeId,
      { commandId: command.commandId, attempt: 1, commandType: 'push', outcome: 'failed', failure },
      fleet.clock.now(),
    );
    expect((await fleet.artifacts.get(artifact.artifactId))?.replicaNodeIds).not.toContain(command.nodeId);
  });

  it('drops the copies of a node that ended, and has others fetch them [sync#13-17]', async () => {
    const artifact = inStore('a', 1);
    const installation = await makeInstallation([makeHolder(1), makeHolder(2)], [artifact]);
    const { fleet, ports } = installation;
    const config = { targetNodeCopies: 1 };
    await listing(installation, 1, [artifact.artifactId]);
    fleet.clock.advance(1);
    expect(await repairReplication(ports, config, false)).toMatchObject({ begun: 0, settled: 1 });

    const node = await fleet.nodes.get(nodeIdOf(1));
    await fleet.nodes.end(nodeIdOf(1), node?.revision ?? 0, 'terminated', fleet.clock.now());
    const cycle = await repairReplication(ports, config, false);

    expect(cycle).toMatchObject({ writtenOff: { nodes: 1, copies: 1 }, begun: 1 });
    expect((await fleet.artifacts.get(artifact.artifactId))?.replicaNodeIds).toEqual([]);
    expect(await fleet.deliveries.get(artifact.artifactId, nodeIdOf(2))).toMatchObject({ state: 'pending' });
    expect(await repairReplication(ports, config, false)).toMatchObject({ writtenOff: { nodes: 0 } });

    await fleet.artifacts.addNodeReplica(artifact.artifactId, nodeIdOf(2));
    expect(await repairReplication(ports, config, false)).toMatchObject({
      ended: [{ how: 'succeeded' }],
      settled: 1,
      running: 0,
    });
  });

  it('waits 600 s for a silent node, writes its copies off, and counts them again when it lists them', async () => {
    const artifact = onNodes('a', 1);
    const installation = await makeInstallation([makeHolder(1), makeHolder(2)], [artifact]);
    const { ports } = installation;
    await passMinutes(installation, 1, [1], [artifact.artifactId]);
    await passMinutes(installation, 9, [2], []);
    expect((await repairReplication(ports, {}, false)).writtenOff).toMatchObject({ nodes: 0, copies: 0 });

    await passMinutes(installation, 2, [2], []);
    const cycle = await repairReplication(ports, {}, true);

    expect(cycle).toMatchObject({ writtenOff: { nodes: 1, copies: 1 }, lost: 1 });
    expect(await markOf(installation, artifact.artifactId)).toMatchObject({ state: 'lost' });
    await passMinutes(installation, 1, [1, 2], [artifact.artifactId]);
    const back = await repairReplication(ports, {}, true);
    expect(back).toMatchObject({ begun: 1, count: { report: { lost: 0 } } });
  });

  it('writes a node off beside any number of silent ones that never listed anything', async () => {
    const artifact = inStore('a', 9);
    const mute = [1, 2, 3, 4, 5, 6].map((index) =>
      makeHolder(index, { inventory: undefined, heartbeatAt: at(-700) }),
    );
    const installation = await makeInstallation([...mute, makeHolder(9)], [artifact]);
    const { ports, fleet } = installation;
    await listing(installation, 9, [artifact.artifactId]);
    fleet.clock.advance(700);

    expect((await repairReplication(ports, {}, false)).writtenOff).toMatchObject({ nodes: 1, copies: 1 });
    expect((await fleet.artifacts.get(artifact.artifactId))?.replicaNodeIds).toEqual([]);
  });

  it('writes off what a node that never listed anything verified', async () => {
    const artifact = inStore('a', 1);
    const node = makeHolder(1, { inventory: undefined, heartbeatAt: at(-700) });
    const { ports, fleet } = await makeInstallation([node], [artifact]);
    await fleet.deliveries.create(
      makeDelivery({ artifactId: artifact.artifactId, nodeId: node.nodeId, state: 'verified' }),
    );

    expect((await repairReplication(ports, {}, false)).writtenOff).toMatchObject({ nodes: 1, copies: 1 });
    expect((await repairReplication(ports, {}, false)).writtenOff).toMatchObject({ nodes: 0, copies: 0 });
  });

  it('writes the others off when one cannot be now, which has its turn again', async () => {
    const artifacts = [inStore('a', 1), inStore('b', 2)];
    const installation = await makeInstallation([makeHolder(1), makeHolder(2)], artifacts);
    const { ports, fleet } = installation;
    for (const [index, { artifactId }] of artifacts.entries())
      await listing(installation, index + 1, [artifactId]);
    await repairReplication(ports, {}, false);
    for (const index of [1, 2]) {
      const node = await fleet.nodes.get(nodeIdOf(index));
      await fleet.nodes.end(nodeIdOf(index), node?.revision ?? 0, 'terminated', fleet.clock.now());
    }
    const listByNode = (nodeId: string) =>
      nodeId === nodeIdOf(1) ? Promise.reject(new Error('throttled')) : ports.deliveries.listByNode(nodeId);

    const cycle = await repairReplication(
      { ...ports, deliveries: { ...ports.deliveries, listByNode } },
      {},
      false,
    );

    expect(cycle).toMatchObject({ writtenOff: { nodes: 2, copies: 1 }, errors: [new Error('throttled')] });
    expect((await repairReplication(ports, {}, false)).writtenOff).toMatchObject({ nodes: 1, copies: 1 });
  });

  it('tells of a lost artifact once, and takes it up again when a holder returns [sync#13-19]', async () => {
    const artifact = onNodes('a');
    const installation = await makeInstallation([makeHolder(1)], [artifact]);
    const { fleet, ports } = installation;

    for (let cycle = 0; cycle < 7; cycle += 1) {
      await repairReplication(ports, {}, true);
      fleet.clock.advance(60);
    }

    expect(named(installation, 'ArtifactLost')).toMatchObject([
      { fields: { artifactId: artifact.artifactId } },
    ]);
    expect(await markOf(installation, artifact.artifactId)).toMatchObject({ state: 'lost' });
    expect(fleet.sender.sent).toEqual([]);
    await passMinutes(installation, 1, [1], [artifact.artifactId]);
    await repairReplication(ports, {}, true);
    expect(fleet.sender.sent).toMatchObject([{ type: 'push' }]);
  });

  it('tells of a loss that a crash swallowed', async () => {
    const artifact = onNodes('a');
    const installation = await makeInstallation([], [artifact]);
    const { fleet, ports } = installation;
    const seen = await fleet.artifacts.getMarked(artifact.artifactId);
    await fleet.artifacts.settleMark(artifact.artifactId, seen?.replicaRevision ?? 0, {
      state: 'lost',
      since: at(0),
    });
    expect((await repairReplication(ports, {}, true)).count?.toldLate).toBe(1);
    expect((await repairReplication(ports, {}, true)).count?.toldLate).toBe(0);
    expect(named(installation, 'ArtifactLost')).toHaveLength(1);
  });

  it('answers the loss of a third of the fleet with the brake first, then with an orderly repair within budget', async () => {
    const indexes = Array.from({ length: 15 }, (_, index) => index + 1);
    const artifacts = Array.from({ length: 300 }, (_, index) => inStore(`a${index}`, 1 + (index % 5)));
    const installation = await makeInstallation(
      indexes.map((index) => makeHolder(index)),
      artifacts,
    );
    const { ports, state, fleet } = installation;
    const config = { targetNodeCopies: 1 };
    for (const index of [1, 2, 3, 4, 5]) {
      await listing(
        installation,
        index,
        artifacts.flatMap((each, at_) => (1 + (at_ % 5) === index ? [each.artifactId] : [])),
      );
    }
    await repairReplication(ports, config, true);
    state.brake = 'on';
    await passMinutes(installation, 12, indexes.slice(5), []);

    const braked = await repairReplication(ports, config, true);
    expect(braked).toMatchObject({ writtenOff: { nodes: 0 }, begun: 0 });

    state.brake = 'off';
    const first = await repairReplication(ports, config, true);
    expect(first.writtenOff).toMatchObject({ nodes: 5, copies: 300 });
    // Ten nodes with five repairs each.
    expect(first.begun).toBe(50);
    const ledger = await ports.records.ledger();
    expect(Object.keys(ledger?.running ?? {})).toHaveLength(50);
    for (const { artifactId, nodeId } of Object.values(ledger?.running ?? {}))
      await fleet.artifacts.addNodeReplica(artifactId, nodeId);
    const second = await repairReplication(ports, config, true);
    expect(second).toMatchObject({ begun: 50, running: 50 });
  });

  it('begins nothing, and writes nobody off, while somebody paused repair', async () => {
    const artifact = onNodes('a', 1);
    const installation = await makeInstallation([makeHolder(1, { heartbeatAt: at(-700) })], [artifact]);
    const { fleet, ports } = installation;
    await putHold(
      { ...fleet, holds: installation.holds, ids: randomIds },
      { kind: 'no-repair', scope: 'fleet', reason: 'moving racks', setBy: 'op', ttlSeconds: 3600 },
    );
    expect(await repairReplication(ports, {}, false)).toMatchObject({
      begun: 0,
      writtenOff: { nodes: 0 },
      reasons: { paused: 1 },
    });
  });

  it('looks at what the index lists, and at nothing else [sync#L21]', async () => {
    const artifacts = Array.from({ length: 50 }, (_, index) => inStore(`a${index}`));
    const installation = await makeInstallation([makeHolder(1)], artifacts);
    const { ports, fleet } = installation;
    await repairReplication(ports, {}, false);
    await fleet.artifacts.register(onNodes('new', 1));
    const read: string[] = [];
    const counted = {
      ...ports,
      artifacts: {
        ...ports.artifacts,
        get: async (artifactId: string) => {
          read.push(artifactId);
          return fleet.artifacts.get(artifactId);
        },
        list: () => Promise.reject(new Error('a scan')),
        findByName: () => Promise.reject(new Error('a scan')),
      },
    };
    const cycle = await repairReplication(counted, {}, true);
    expect(cycle.reasons).toEqual({ 'store-copy-missing': 1 });
    expect(cycle.count?.report).toMatchObject({ total: 51, under: 1 });
    expect(read.length).toBeLessThanOrEqual(1);
  });

  it('adds what is new to the total in every minute, and counts the rest in every fifth', async () => {
    const { ports, fleet } = await makeInstallation([makeHolder(1)], [inStore('a')]);
    expect((await repairReplication(ports, {}, false)).count?.report).toMatchObject({ total: 1 });
    await fleet.artifacts.register(onNodes('new', 1));
    const { countedAt } = (await ports.records.report()) ?? {};
    fleet.clock.advance(60);

    expect((await repairReplication(ports, {}, false)).count).toBeUndefined();

    expect(await ports.records.report()).toMatchObject({ total: 2, under: 0, countedAt });
    expect((await repairReplication(ports, {}, true)).count?.report).toMatchObject({ total: 2, under: 1 });
  });

  it('opens the delivery again of a node whose verified copy is gone', async () => {
    const artifact = makeArtifact({ artifactId: sha256('a') });
    const installation = await makeInstallation([makeHolder(1)], [artifact]);
    const { ports, fleet } = installation;
    const config = { targetNodeCopies: 1 };
    await repairReplication(ports, config, false);
    const row = await fleet.deliveries.get(artifact.artifactId, nodeIdOf(1));
    if (row === undefined) throw new Error('no row');
    await fleet.deliveries.replace({ ...row, state: 'verified', revision: row.revision + 1 });
    await fleet.artifacts.addNodeReplica(artifact.artifactId, nodeIdOf(1));
    await repairReplication(ports, config, false);
    await fleet.artifacts.dropNodeReplica(artifact.artifactId, nodeIdOf(1));
    await passMinutes(installation, 10, [1], []);
    await repairReplication(ports, config, false);
    expect(await fleet.deliveries.get(artifact.artifactId, nodeIdOf(1))).toMatchObject({ state: 'pending' });
  });
});
