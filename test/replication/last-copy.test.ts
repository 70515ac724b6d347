import { describe, expect, it } from 'vitest';
import type { StoreObjects } from '../../lib/artifacts/store-objects.ts';
import { createMemoryAuditStore } from '../../lib/audit/memory-audit-store.ts';
import { createMemoryCommandStore } from '../../lib/commands/memory-command-store.ts';
import { createHoldGate } from '../../lib/holds/hold-gate.ts';
import { createMemoryHoldStore } from '../../lib/holds/memory-hold-store.ts';
import { type InventoryDocuments, readInventory } from '../../lib/nodes/inventory-documents.ts';
import { mayLose } from '../../lib/nodes/may-lose.ts';
import { trimCopy } from '../../lib/replication/trim-copy.ts';
import { nodeIdOf } from '../distribution/fixtures.ts';
import { at, inStore, makeHolder, makeInstallation, onNodes } from './fixtures.ts';
import { everyInterleaving, type Process } from './interleavings.ts';

const BUCKET = 'bucket';
const [first, second] = [nodeIdOf(1), nodeIdOf(2)];

/** Disks and store as they really are, beside what META says of them. */
const makeWorld = async (held: boolean) => {
  const artifact = held ? inStore('a', 1, 2) : onNodes('a', 1, 2);
  const { artifactId } = artifact;
  const draining = {
    drainId: 'd-1',
    epoch: 1,
    startedAt: at(-10),
    drainUntil: at(3600),
    reason: 'idle',
    acknowledgedAt: at(-5),
  };
  const installation = await makeInstallation([], [artifact]);
  const { fleet, putInventory, ports } = installation;
  for (const index of [1, 2]) {
    const inventory = {
      inventoryAt: at(-5),
      ...putInventory(nodeIdOf(index), [artifactId]),
      drainEpoch: 1,
      unsettled: 0,
      unclaimed: { count: 0, bytes: 0, sample: [] },
    };
    const node = makeHolder(index, { lifecycle: 'draining', drainEpoch: 1, drain: draining, inventory });
    const { heartbeat } = node;
    if (heartbeat === undefined) throw new Error('the fixture beats');
    await fleet.nodes.create({ ...node, heartbeat: { ...heartbeat, unflushedBytes: 0 } });
  }
  const copies = { store: held, disks: new Set([first, second]) };
  return { artifactId, installation, fleet, ports, copies };
};
type World = Awaited<ReturnType<typeof makeWorld>>;

/** Every call waits for its turn: between any two of them, others may do theirs. */
const stepped = <Port extends object>(port: Port, turn: () => Promise<void>): Port =>
  new Proxy(port, {
    get: (target, name, receiver) => {
      const member: unknown = Reflect.get(target, name, receiver);
      if (typeof member !== 'function') return member;
      return async (...given: unknown[]) => {
        await turn();
        return Reflect.apply(member, target, given);
      };
    },
  });

const trim =
  ({ artifactId, fleet, copies }: World, nodeId: string, keepNodes: number): Process =>
  async (turn) => {
    const meta = await fleet.artifacts.get(artifactId);
    const objects: StoreObjects = {
      describe: async () =>
        copies.store
          ? { bytes: meta?.bytes ?? 0, checksumSha256: meta?.storeReplica?.checksum ?? 'none' }
          : undefined,
    };
    await trimCopy(
      {
        artifacts: stepped(fleet.artifacts, turn),
        nodes: fleet.nodes,
        gate: createHoldGate({ holds: createMemoryHoldStore(), clock: fleet.clock, warn: () => {} }),
        objects: stepped(objects, turn),
        bucket: BUCKET,
        commands: stepped(createMemoryCommandStore(), turn),
        sender: stepped({ send: async () => void copies.disks.delete(nodeId) }, turn),
        audit: createMemoryAuditStore(),
        clock: fleet.clock,
        actor: 'operator',
      },
      artifactId,
      nodeId,
      keepNodes,
    );
  };

/** What idle shutdown does: it asks, and ends the node when nothing would be lost. */
const drain =
  ({ fleet, ports, copies }: World, nodeId: string): Process =>
  async (turn) => {
    const documents: InventoryDocuments = stepped(ports.documents, turn);
    const { safe } = await mayLose(
      {
        nodes: stepped(fleet.nodes, turn),
        artifacts: stepped(fleet.artifacts, turn),
        documents,
        clock: fleet.clock,
      },
      nodeId,
    );
    await turn();
    if (safe) copies.disks.delete(nodeId);
  };

/** A node brings its copy into the store, and META learns of it afterwards. */
const push =
  ({ artifactId, fleet, copies }: World, nodeId: string): Process =>
  async (turn) => {
    await turn();
    if (copies.disks.has(nodeId)) copies.store = true;
    await turn();
    if (copies.store)
      await fleet.artifacts.setStoreReplica(artifactId, { key: 'k', verifiedAt: at(0), checksum: 'c' });
  };

const explore = (held: boolean, processesOf: (world: World) => Process[]) =>
  everyInterleaving(
    async () => {
      const world = await makeWorld(held);
      return { world, processes: processesOf(world) };
    },
    ({ copies }) => (copies.store || copies.disks.size > 0 ? undefined : 'no copy is left'),
  );

describe('the last copy', () => {
  it('is what the fixture makes it: each node could go, were the artifact in the store', async () => {
    const { fleet, ports, artifactId } = await makeWorld(true);
    expect(await mayLose({ ...ports, nodes: fleet.nodes }, first)).toMatchObject({ safe: true });
    const { key, digest } = (await fleet.nodes.get(first))?.inventory ?? { key: '', digest: '' };
    const { entries } = await readInventory(ports.documents, { nodeId: first, key, digest });
    expect(entries).toMatchObject([{ artifactId }]);
  });

  it('would go, and this test would see it, if nodes counted on the copies of others', async () => {
    const careless =
      ({ copies }: World, nodeId: string): Process =>
      async (turn) => {
        await turn();
        const others = copies.disks.size > 1;
        await turn();
        if (others) copies.disks.delete(nodeId);
      };
    await expect(
      explore(false, (world) => [careless(world, first), careless(world, second)]),
    ).rejects.toThrow('no copy is left, at the interleaving');
  });

  it('never goes while two nodes that hold each other’s copies drain at the same time', async () => {
    const count = await explore(false, (world) => [drain(world, first), drain(world, second)]);
    expect(count).toBeGreaterThan(10);
  });

  it('never goes while they drain and one of them brings it into the store', async () => {
    await explore(false, (world) => [drain(world, first), drain(world, second), push(world, first)]);
  });

  it('never goes while two trims of one artifact run at the same time', async () => {
    expect(await explore(true, (world) => [trim(world, first, 0), trim(world, second, 0)])).toBeGreaterThan(
      100,
    );
    await explore(false, (world) => [trim(world, first, 0), trim(world, second, 0)]);
  });

  it('is on as many nodes afterwards as two trims at the same time were to leave', async () => {
    await everyInterleaving(
      async () => {
        const world = await makeWorld(true);
        return { world, processes: [trim(world, first, 1), trim(world, second, 1)] };
      },
      ({ copies }) => (copies.disks.size >= 1 ? undefined : 'both copies went'),
    );
  });

  it('never goes while one node drains and the copy of the other is trimmed', async () => {
    await explore(true, (world) => [drain(world, first), trim(world, second, 0)]);
    await explore(false, (world) => [drain(world, first), trim(world, second, 0), push(world, first)]);
  });
});
