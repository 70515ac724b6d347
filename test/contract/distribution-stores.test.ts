import { PutCommand } from '@aws-sdk/lib-dynamodb';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import type { ArtifactStore } from '../../lib/artifacts/artifact-store.ts';
import { createDynamoArtifactStore } from '../../lib/artifacts/dynamo-artifact-store.ts';
import { createMemoryArtifactStore } from '../../lib/artifacts/memory-artifact-store.ts';
import type { CommandStore } from '../../lib/commands/command-store.ts';
import { createDynamoCommandStore } from '../../lib/commands/dynamo-command-store.ts';
import { createMemoryCommandStore } from '../../lib/commands/memory-command-store.ts';
import type { DeliveryStore } from '../../lib/distribution/delivery-store.ts';
import type { DistributionStore } from '../../lib/distribution/distribution-store.ts';
import { createDynamoDeliveryStore } from '../../lib/distribution/dynamo-delivery-store.ts';
import { createDynamoDistributionStore } from '../../lib/distribution/dynamo-distribution-store.ts';
import { createDynamoTransferSlots } from '../../lib/distribution/dynamo-transfer-slots.ts';
import { createMemoryDeliveryStore } from '../../lib/distribution/memory-delivery-store.ts';
import { createMemoryDistributionStore } from '../../lib/distribution/memory-distribution-store.ts';
import { createMemoryTransferSlots } from '../../lib/distribution/memory-transfer-slots.ts';
import { planDistribution } from '../../lib/distribution/plan-distribution.ts';
import { pullCommand } from '../../lib/distribution/pull-command.ts';
import type { TransferSlots } from '../../lib/distribution/transfer-slots.ts';
import { InvariantError } from '../../lib/errors.ts';
import { createDynamoHoldStore } from '../../lib/holds/dynamo-hold-store.ts';
import type { HoldStore } from '../../lib/holds/hold-store.ts';
import { createMemoryHoldStore } from '../../lib/holds/memory-hold-store.ts';
import { addSeconds, toTimestamp } from '../../lib/time.ts';
import {
  failed,
  makeArtifact,
  makeDelivery,
  nodeIdOf,
  policy,
  START,
  sha256,
  succeeded,
} from '../distribution/fixtures.ts';
import { type LocalTables, startLocalTables } from './artifact-tables.ts';

interface Stores {
  readonly artifacts: ArtifactStore;
  readonly deliveries: DeliveryStore;
  readonly distributions: DistributionStore;
  readonly slots: TransferSlots;
  readonly commands: CommandStore;
  readonly holds: HoldStore;
}

let local: LocalTables;
beforeAll(async () => {
  local = await startLocalTables();
});
afterAll(async () => {
  await local.stop();
});

const memoryStores = async (): Promise<Stores> => ({
  artifacts: createMemoryArtifactStore(),
  deliveries: createMemoryDeliveryStore(),
  distributions: createMemoryDistributionStore(),
  slots: createMemoryTransferSlots(),
  commands: createMemoryCommandStore(),
  holds: createMemoryHoldStore(),
});

const dynamoStores = async (): Promise<Stores> => {
  const names = await local.create();
  return {
    artifacts: createDynamoArtifactStore(local.client, names.artifacts),
    deliveries: createDynamoDeliveryStore(local.client, names.artifacts),
    distributions: createDynamoDistributionStore(local.client, names.distributions),
    slots: createDynamoTransferSlots(local.client, names.control),
    commands: createDynamoCommandStore(local.client, names.commands),
    holds: createDynamoHoldStore(local.client, names.control),
  };
};

const later = (seconds: number): string => toTimestamp(addSeconds(START, seconds));
const [first, second] = [nodeIdOf(1), nodeIdOf(2)];

describe.each([
  ['in memory', memoryStores],
  ['in DynamoDB', dynamoStores],
])('stores of distribution %s', (_name, create) => {
  let stores: Stores;
  beforeEach(async () => {
    stores = await create();
  });

  describe('ArtifactStore', () => {
    it('keeps the first registration of the same bytes', async () => {
      const artifact = makeArtifact({ labels: { run: '7' } });
      const again = makeArtifact({ registeredBy: 'somebody else' });
      expect(await stores.artifacts.register(artifact)).toEqual({ created: true, artifact });
      expect(await stores.artifacts.register(again)).toEqual({ created: false, artifact });
      expect(await stores.artifacts.get(artifact.artifactId)).toEqual(artifact);
      expect(await stores.artifacts.get(sha256('unknown'))).toBeUndefined();
    });

    it('[sync#7.5-6] finds by name what was registered by content, newest first', async () => {
      const versions = ['11', '12', '13'].map((version, index) =>
        makeArtifact({ version, registeredAt: later(index) }),
      );
      const data = makeArtifact({ kind: 'npz', version: '1', registeredAt: later(9) });
      for (const artifact of [...versions, data]) await stores.artifacts.register(artifact);
      const found = async (kind?: 'model' | 'npz') =>
        (await stores.artifacts.findByName('hex8_2p', kind)).map(({ version }) => version);
      expect(await found('model')).toEqual(['13', '12', '11']);
      expect(await found()).toEqual(['1', '13', '12', '11']);
      expect(await stores.artifacts.findByName('square8_2p')).toEqual([]);
      const listed = await stores.artifacts.list({ limit: 2 });
      expect(listed.map(({ version }) => version)).toEqual(['1', '13']);
      expect(await stores.artifacts.list({ kind: 'npz', limit: 9 })).toEqual([data]);
    });

    it('[sync#13-16] sees a replica right after it was added', async () => {
      const { artifactId } = (await stores.artifacts.register(makeArtifact())).artifact;
      expect((await stores.artifacts.get(artifactId))?.replicaNodeIds).toEqual([]);
      await stores.artifacts.addNodeReplica(artifactId, first);
      await stores.artifacts.addNodeReplica(artifactId, first);
      expect((await stores.artifacts.get(artifactId))?.replicaNodeIds).toEqual([first]);
      await expect(stores.artifacts.addNodeReplica(sha256('unknown'), first)).rejects.toThrow(
        'is not registered',
      );
    });

    it('never drops the last live replica', async () => {
      const { storeReplica: _none, ...nodeOnly } = makeArtifact();
      const { artifactId } = (await stores.artifacts.register(nodeOnly)).artifact;
      await stores.artifacts.addNodeReplica(artifactId, first);
      await stores.artifacts.addNodeReplica(artifactId, second);
      const removed = await Promise.all([
        stores.artifacts.removeNodeReplica(artifactId, first),
        stores.artifacts.removeNodeReplica(artifactId, second),
      ]);
      expect(removed.sort()).toEqual([false, true]);
      expect((await stores.artifacts.get(artifactId))?.replicaNodeIds).toHaveLength(1);
    });

    it('drops the last node when the store has a verified copy', async () => {
      const { artifactId } = (await stores.artifacts.register(makeArtifact())).artifact;
      await stores.artifacts.addNodeReplica(artifactId, first);
      expect(await stores.artifacts.removeNodeReplica(artifactId, first)).toBe(true);
      expect(await stores.artifacts.removeNodeReplica(artifactId, first)).toBe(true);
      expect((await stores.artifacts.get(artifactId))?.replicaNodeIds).toEqual([]);
    });

    it('orders promotions by their time, and lists the latest of each name', async () => {
      const [old, next] = [makeArtifact({ version: '11' }), makeArtifact({ version: '12' })];
      const other = makeArtifact({ name: 'square8_2p' });
      for (const artifact of [old, next, other]) await stores.artifacts.register(artifact);
      await stores.artifacts.markPromoted(next.artifactId, later(20));
      await stores.artifacts.markPromoted(old.artifactId, later(10));
      await stores.artifacts.markPromoted(other.artifactId, later(1));
      const again = await stores.artifacts.markPromoted(next.artifactId, later(5));
      expect(again.promotedAt).toBe(later(20));
      const promoted = (await stores.artifacts.listPromoted()).map(({ artifactId }) => artifactId);
      expect(promoted.sort()).toEqual([next.artifactId, other.artifactId].sort());
      expect(await stores.artifacts.list({ limit: 9 })).toHaveLength(3);
      await expect(stores.artifacts.markPromoted(sha256('unknown'), later(1))).rejects.toThrow(
        'is not registered',
      );
    });

    it('reads many at once', async () => {
      const artifacts = ['1', '2'].map((version) => makeArtifact({ version }));
      for (const artifact of artifacts) await stores.artifacts.register(artifact);
      const ids = artifacts.map(({ artifactId }) => artifactId);
      expect(await stores.artifacts.getMany([...ids, sha256('unknown')])).toHaveLength(2);
    });
  });

  describe('DeliveryStore', () => {
    it('has one row per artifact and node', async () => {
      const row = makeDelivery({ distributionIds: ['d-1'] });
      expect(await stores.deliveries.create(row)).toBe(true);
      expect(await stores.deliveries.create(makeDelivery({ attempt: 3 }))).toBe(false);
      expect(await stores.deliveries.get(row.artifactId, row.nodeId)).toEqual(row);
      expect(await stores.deliveries.get(row.artifactId, second)).toBeUndefined();
    });

    it('lets one of two writers win', async () => {
      const row = makeDelivery();
      await stores.deliveries.create(row);
      const next = { ...row, revision: 1 };
      const wins = await Promise.all([
        stores.deliveries.replace({ ...next, state: 'sent' }),
        stores.deliveries.replace({ ...next, state: 'failed' }),
      ]);
      expect(wins.sort()).toEqual([false, true]);
      expect(await stores.deliveries.replace({ ...next, nodeId: second })).toBe(false);
    });

    it('lists due rows of the wanted states, oldest first, without the terminal ones', async () => {
      const { dueAt: _due, ...terminal } = makeDelivery({ nodeId: nodeIdOf(9), state: 'verified' });
      await stores.deliveries.create(terminal);
      await stores.deliveries.create(makeDelivery({ nodeId: first, dueAt: later(20) }));
      await stores.deliveries.create(makeDelivery({ nodeId: second, dueAt: later(10), state: 'sent' }));
      await stores.deliveries.create(makeDelivery({ nodeId: nodeIdOf(3), dueAt: later(30) }));
      const due = async (states: readonly ('pending' | 'sent')[], seconds: number, limit = 9) =>
        (await stores.deliveries.listDue(states, addSeconds(START, seconds), limit)).map(
          ({ nodeId }) => nodeId,
        );
      expect(await due(['pending'], 20)).toEqual([first]);
      expect(await due(['pending', 'sent'], 30)).toEqual([second, first, nodeIdOf(3)]);
      expect(await due(['pending', 'sent'], 30, 2)).toEqual([second, first]);
    });

    it('leaves the index of open rows when it ends', async () => {
      const row = makeDelivery();
      await stores.deliveries.create(row);
      const { dueAt: _due, ...ended } = row;
      await stores.deliveries.replace({ ...ended, state: 'failed', revision: 1 });
      expect(await stores.deliveries.listDue(['pending'], addSeconds(START, 99), 9)).toEqual([]);
    });

    it('lists all rows of an artifact and of a node, over many pages', async () => {
      const message = 'x'.repeat(9000);
      const lastFailure = { class: 'stalled', message, at: later(0) } as const;
      for (let index = 0; index < 130; index += 1) {
        await stores.deliveries.create(makeDelivery({ nodeId: nodeIdOf(index), lastFailure }));
      }
      await stores.deliveries.create(makeDelivery({ artifactId: sha256('other'), nodeId: first }));
      expect(await stores.deliveries.listByArtifact(makeDelivery().artifactId)).toHaveLength(130);
      expect(await stores.deliveries.listByNode(first)).toHaveLength(2);
      expect(await stores.deliveries.listDue(['pending'], START, 1000)).toHaveLength(131);
    });
  });

  describe('DistributionStore', () => {
    const plan = (distributionId: string, createdAt = START) =>
      planDistribution(
        makeArtifact(),
        { distributionId, eventId: 'e-1', trigger: { type: 'promotion' } },
        [{ nodeId: first, action: 'skip', reason: 'disk-full', evidence: {} }],
        policy,
        createdAt,
      );

    it('is made once', async () => {
      expect(await stores.distributions.create(plan('d-1'))).toBe(true);
      expect(await stores.distributions.create(plan('d-1'))).toBe(false);
      expect(await stores.distributions.get('d-1')).toEqual(plan('d-1'));
      expect(await stores.distributions.get('d-2')).toBeUndefined();
    });

    it('lets verified win over failed, in both orders', async () => {
      await stores.distributions.create(plan('d-1'));
      await stores.distributions.addFailed('d-1', first, 'stalled: x');
      await stores.distributions.addFailed('d-1', second, 'stalled: y');
      await stores.distributions.addVerified('d-1', first);
      const now = await stores.distributions.addFailed('d-1', first, 'stalled: z');
      expect(now).toMatchObject({ verifiedNodeIds: [first], failedNodes: { [second]: 'stalled: y' } });
      expect(await stores.distributions.addVerified('d-2', first)).toBeUndefined();
    });

    it('ends once', async () => {
      await stores.distributions.create(plan('d-1'));
      const ends = await Promise.all([
        stores.distributions.complete('d-1', START),
        stores.distributions.giveUp('d-1', 0, START),
      ]);
      expect(ends.sort()).toEqual([false, true]);
      expect(await stores.distributions.complete('d-9', START)).toBe(false);
      expect(await stores.distributions.giveUp('d-9', 0, START)).toBe(false);
    });

    it('is not given up when a target verified since it was read', async () => {
      await stores.distributions.create(plan('d-1'));
      await stores.distributions.addVerified('d-1', first);
      expect(await stores.distributions.giveUp('d-1', 0, START)).toBe(false);
      expect(await stores.distributions.giveUp('d-1', 1, START)).toBe(true);
      expect((await stores.distributions.get('d-1'))?.state).toBe('incomplete');
    });

    it('stays open until it is announced', async () => {
      const open = async () =>
        (await stores.distributions.listOpen()).map(({ distributionId }) => distributionId);
      await stores.distributions.create(plan('d-1'));
      expect(await open()).toEqual(['d-1']);
      await stores.distributions.giveUp('d-1', 0, START);
      expect(await open()).toEqual(['d-1']);
      await stores.distributions.markAnnounced('d-1', START);
      expect(await open()).toEqual([]);
      expect((await stores.distributions.get('d-1'))?.announcedAt).toBe(later(0));
    });

    it('lists newest first', async () => {
      await stores.distributions.create(plan('d-1'));
      await stores.distributions.create(plan('d-2', addSeconds(START, 5)));
      const ids = (items: readonly { distributionId: string }[]) =>
        items.map(({ distributionId }) => distributionId);
      expect(ids(await stores.distributions.list(9))).toEqual(['d-2', 'd-1']);
      expect(ids(await stores.distributions.list(1))).toEqual(['d-2']);
      const { artifactId } = makeArtifact();
      expect(ids(await stores.distributions.listByArtifact(artifactId))).toEqual(['d-2', 'd-1']);
      expect(await stores.distributions.listByArtifact(sha256('unknown'))).toEqual([]);
    });
  });

  describe('TransferSlots', () => {
    const soon = addSeconds(START, 60);

    it('[sync#L1] keeps one limit exact when many ask at once', async () => {
      const granted = await Promise.all(
        Array.from({ length: 6 }, (_, index) =>
          stores.slots.acquire([`c-${index}a`, `c-${index}b`], 5, soon, START),
        ),
      );
      expect(granted.flat()).toHaveLength(5);
    });

    it('gives a slot back once, whoever says so', async () => {
      expect(await stores.slots.acquire(['a', 'b'], 1, soon, START)).toEqual(['a']);
      await stores.slots.release(['a', 'unknown']);
      await stores.slots.release(['a']);
      expect(await stores.slots.acquire(['b'], 1, soon, START)).toEqual(['b']);
    });

    it('frees a slot by itself at its expiry', async () => {
      await stores.slots.acquire(['a'], 1, soon, START);
      expect(await stores.slots.acquire(['b'], 1, addSeconds(soon, 60), soon)).toEqual(['b']);
    });
  });

  describe('CommandStore', () => {
    const command = pullCommand({
      artifact: makeArtifact(),
      nodeId: first,
      attempt: 1,
      bucket: 'b',
      deadlineAt: addSeconds(START, 120),
      now: START,
      bandwidthBytesPerSecond: 50_000_000,
    });

    it('[sync#13-7] records the first answer, and only from its own node', async () => {
      expect(await stores.commands.put(command)).toBe(true);
      expect(await stores.commands.put(command)).toBe(false);
      expect(await stores.commands.answer(command.commandId, second, succeeded(command), START)).toBe(false);
      expect(await stores.commands.answer(command.commandId, first, failed(command, 'stalled'), START)).toBe(
        true,
      );
      expect(await stores.commands.answer(command.commandId, first, succeeded(command), START)).toBe(false);
      expect(await stores.commands.answer('c-unknown', first, succeeded(command), START)).toBe(false);
      expect(await stores.commands.get(command.commandId)).toEqual({
        command,
        status: 'failed',
        issuedAt: later(0),
        answeredAt: later(0),
        failure: { class: 'stalled', message: 'it was stalled' },
      });
    });

    it('lists what a node has not answered', async () => {
      const other = { ...command, commandId: 'c-2' };
      await stores.commands.put(command);
      await stores.commands.put(other);
      await stores.commands.put({ ...command, commandId: 'c-3', nodeId: second });
      await stores.commands.answer(command.commandId, first, succeeded(command), START);
      expect(await stores.commands.listOpen(first)).toEqual([
        { command: other, status: 'issued', issuedAt: later(0) },
      ]);
    });
  });

  describe('HoldStore', () => {
    const hold = {
      holdId: 'h-1',
      kind: 'freeze',
      scope: 'fleet',
      reason: 'looking into it',
      setBy: 'op',
      setAt: later(0),
      expiresAt: later(60),
    } as const;

    it('lists live holds until they expire or are released', async () => {
      await stores.holds.put(hold);
      await stores.holds.put({ ...hold, holdId: 'h-2', expiresAt: later(10) });
      expect(await stores.holds.listLive(addSeconds(START, 10))).toEqual([hold]);
      expect(await stores.holds.release('h-1')).toBe(true);
      expect(await stores.holds.release('h-1')).toBe(false);
      expect(await stores.holds.listLive(addSeconds(START, 10))).toEqual([]);
    });
  });
});

describe('stores in DynamoDB', () => {
  it('refuse a hold that they cannot read: it is never "no hold"', async () => {
    const names = await local.create();
    const Item = { scope: 'HOLD', item: 'h-1', hold: { kind: 'freeze', scope: 'everything' } };
    await local.client.send(new PutCommand({ TableName: names.control, Item }));
    await expect(createDynamoHoldStore(local.client, names.control).listLive(START)).rejects.toThrow(
      InvariantError,
    );
  });
});
