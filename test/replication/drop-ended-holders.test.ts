import { describe, expect, it } from 'vitest';
import { putHold } from '../../lib/holds/put-hold.ts';
import { randomIds } from '../../lib/ids.ts';
import type { Node } from '../../lib/nodes/node.ts';
import { repairReplication } from '../../lib/replication/repair-replication.ts';
import { nodeIdOf } from '../distribution/fixtures.ts';
import { at, inStore, makeHolder, makeInstallation, onNodes } from './fixtures.ts';

type Installation = Awaited<ReturnType<typeof makeInstallation>>;

const unreadable = { inventoryAt: at(0), digest: 'd', key: 'artifacts/none', count: 1, bytes: 1 };
const holdersOf = async ({ fleet }: Installation, artifactId: string) =>
  (await fleet.artifacts.get(artifactId))?.replicaNodeIds;
const end = async ({ fleet }: Installation, { nodeId }: Node) => {
  const node = await fleet.nodes.get(nodeId);
  await fleet.nodes.end(nodeId, node?.revision ?? 0, 'terminated', fleet.clock.now());
};

/** The roster knows the node, and then it ended. */
const prepare = async (node: Node) => {
  const artifact = onNodes('a', 1);
  const installation = await makeInstallation([node, makeHolder(2)], [artifact]);
  const { ports } = installation;
  await repairReplication(ports, {}, false);
  await end(installation, node);
  return { installation, ports, ...artifact };
};

describe('a node that ended and whose last list cannot be read', () => {
  it('is told once, and holds no artifact any more that is looked at: it is lost, not out of reach', async () => {
    const { installation, ports, artifactId } = await prepare(makeHolder(1, { inventory: unreadable }));
    await ports.artifacts.markChanged(artifactId);

    const { errors, writtenOff } = await repairReplication(ports, {}, false);

    expect(writtenOff).toMatchObject({ unreadable: 1 });
    expect(errors.map(String)).toEqual([expect.stringContaining('drover replication recount')]);
    expect(await installation.fleet.audit.list({ action: 'write-off-copies', limit: 10 })).toMatchObject({
      rows: [{ evidence: { copies: 0, unreadable: expect.stringContaining('inventory') } }],
    });
    expect(await holdersOf(installation, artifactId)).toEqual([]);
    expect(await repairReplication(ports, {}, false)).toMatchObject({
      writtenOff: { unreadable: 0 },
      lost: 1,
      errors: [],
    });
  });

  it('is taken out of what the store has, too, so that another node fetches it', async () => {
    const artifact = inStore('b', 1);
    const node = makeHolder(1, { inventory: { ...unreadable, writeOff: 'done' }, lifecycle: 'terminated' });
    const { ports, fleet } = await makeInstallation([node, makeHolder(2)], [artifact]);
    await repairReplication(ports, { targetNodeCopies: 1 }, false);
    await repairReplication(ports, { targetNodeCopies: 1 }, false);
    expect(await fleet.deliveries.get(artifact.artifactId, nodeIdOf(2))).toMatchObject({ state: 'pending' });
  });
});

describe('a copy of a node that is not in the view of the fleet', () => {
  it('stays while the node is not known to have ended, or to be written off', async () => {
    const artifact = onNodes('a', 1, 7);
    const installation = await makeInstallation(
      [makeHolder(1, { inventory: unreadable, lifecycle: 'terminated' }), makeHolder(2)],
      [artifact],
    );
    await repairReplication(installation.ports, {}, false);
    expect(await holdersOf(installation, artifact.artifactId)).toEqual([nodeIdOf(1), nodeIdOf(7)]);
  });

  it('stays while somebody paused repair, when the node never listed and so bears no mark', async () => {
    const { installation, ports, artifactId } = await prepare(makeHolder(1, { inventory: undefined }));
    await ports.artifacts.markChanged(artifactId);
    const { fleet, holds } = installation;
    const hold = { kind: 'no-repair', scope: 'fleet', reason: 'racks', setBy: 'op', ttlSeconds: 60 } as const;
    await putHold({ ...fleet, audit: ports.audit, holds, ids: randomIds }, hold);
    await repairReplication(ports, {}, false);
    expect(await holdersOf(installation, artifactId)).toEqual([nodeIdOf(1)]);

    fleet.clock.advance(61);
    await ports.artifacts.markChanged(artifactId);
    await repairReplication(ports, {}, false);
    expect(await holdersOf(installation, artifactId)).toEqual([]);
  });

  it('counts again when the node, which was lost, came back while it was dropped', async () => {
    const artifact = onNodes('a', 1);
    const node = makeHolder(1, { inventory: { ...unreadable, writeOff: 'done' }, lifecycle: 'lost' });
    const installation = await makeInstallation([node], [artifact]);
    const { ports, fleet } = installation;
    const dropNodeReplica = async (artifactId: string, nodeId: string) => {
      await fleet.nodes.revive(nodeId, (await fleet.nodes.get(nodeId))?.revision ?? 0);
      return ports.artifacts.dropNodeReplica(artifactId, nodeId);
    };
    const artifacts = { ...ports.artifacts, dropNodeReplica };
    await repairReplication({ ...ports, artifacts }, {}, false);
    expect(await holdersOf(installation, artifact.artifactId)).toEqual([nodeIdOf(1)]);
  });
});
