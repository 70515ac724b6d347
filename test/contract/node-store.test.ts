import { beforeEach, describe, expect, it } from 'vitest';
import type { NodeStore } from '../../lib/nodes/node-store.ts';
import { at, atText, makeHeartbeat, makeNode, NODE_ID } from '../nodes/fixtures.ts';
import { nodeStores } from './node-stores.ts';

const OTHER_ID = 'n-00000000000b';
const lease = { workId: 'w-1', attempt: 1, leaseUntil: atText(300) };

describe.each(nodeStores())('NodeStore in %s', (_name, createStore) => {
  let nodes: NodeStore;
  const beat = (seq: number, seconds: number, bootId = 'boot-1') =>
    nodes.recordHeartbeat(NODE_ID, {
      bootId,
      seq,
      heartbeat: makeHeartbeat({ uptimeSeconds: seconds }),
      sentAt: at(seconds),
    });

  beforeEach(async () => {
    nodes = await createStore();
  });

  it('keeps what was created, once', async () => {
    const node = makeNode({ labels: { team: 'a' } });
    expect(await nodes.create(node)).toBe(true);
    expect(await nodes.create({ ...node, role: 'other' })).toBe(false);
    expect(await nodes.get(NODE_ID)).toEqual(node);
    expect(await nodes.get(OTHER_ID)).toBeUndefined();
  });

  it('takes a health only for the item that it was found of, and a beat keeps it', async () => {
    await nodes.create(makeNode({ lifecycle: 'active' }));
    const health = { state: 'healthy' as const, since: atText(0), reasons: ['beating' as const] };
    expect(await nodes.recordHealth(NODE_ID, 0, health)).toBe(true);
    expect(await nodes.recordHealth(NODE_ID, 0, { ...health, state: 'unhealthy' })).toBe(false);
    await nodes.recordHeartbeat(NODE_ID, {
      bootId: 'boot-1',
      seq: 1,
      heartbeat: makeHeartbeat(),
      sentAt: at(10),
      marks: { heartbeatRecordedAt: atText(12) },
    });
    expect(await nodes.get(NODE_ID)).toMatchObject({
      health,
      heartbeatAt: atText(10),
      heartbeatRecordedAt: atText(12),
      revision: 2,
    });
    expect(await nodes.recordHealth(OTHER_ID, 0, health)).toBe(false);
  });

  it('lists by lifecycle as the items are now', async () => {
    await nodes.create(makeNode());
    await nodes.create(makeNode({ nodeId: OTHER_ID, instanceId: '1002' }));
    await beat(1, 10);
    expect((await nodes.listByLifecycle(['pending'])).map(({ nodeId }) => nodeId)).toEqual([OTHER_ID]);
    expect((await nodes.listByLifecycle(['pending', 'active'])).map(({ nodeId }) => nodeId).sort()).toEqual([
      NODE_ID,
      OTHER_ID,
    ]);
    expect(await nodes.listByLifecycle(['lost'])).toEqual([]);
  });

  it('lists the nodes of one provider', async () => {
    await nodes.create(makeNode());
    await nodes.create(makeNode({ nodeId: OTHER_ID, provider: 'runpod', instanceId: 'x' }));
    const idsOf = async (provider: 'vast' | 'runpod' | 'static', lifecycle: 'pending' | 'active') =>
      (await nodes.listByProvider(provider, [lifecycle])).map(({ nodeId }) => nodeId);
    expect(await idsOf('vast', 'pending')).toEqual([NODE_ID]);
    expect(await idsOf('runpod', 'pending')).toEqual([OTHER_ID]);
    expect(await idsOf('static', 'pending')).toEqual([]);
    expect(await idsOf('vast', 'active')).toEqual([]);
  });

  it('takes a binding for the revision that was compared, and drops it with another boot', async () => {
    await nodes.create(makeNode());
    const binding = { state: 'confirmed' as const, at: atText(1) };
    expect(await nodes.recordBinding(NODE_ID, 7, binding)).toBe(false);
    expect(await nodes.recordBinding(NODE_ID, 0, binding)).toBe(true);
    expect((await nodes.get(NODE_ID))?.binding).toEqual(binding);
    expect(await nodes.rebind(NODE_ID, 1, 'boot-2', '198.51.100.7')).toBe(true);
    expect(await nodes.get(NODE_ID)).not.toHaveProperty('binding');
  });

  it('revives a lost node only', async () => {
    await nodes.create(makeNode({ lifecycle: 'active' }));
    expect(await nodes.revive(NODE_ID, 0)).toBe(false);
    await nodes.end(NODE_ID, 0, 'lost', at(10));
    expect(await nodes.revive(NODE_ID, 0)).toBe(false);
    expect(await nodes.revive(NODE_ID, 1)).toBe(true);
    const revived = await nodes.get(NODE_ID);
    expect(revived?.lifecycle).toBe('active');
    expect(revived).not.toHaveProperty('endedAt');
    await nodes.end(NODE_ID, 2, 'lost', at(20));
    await nodes.revoke(NODE_ID, at(30));
    expect(await nodes.revive(NODE_ID, 4)).toBe(false);
  });

  it('activates a node with its first heartbeat and keeps SentTimestamp as its age', async () => {
    await nodes.create(makeNode());
    const first = await beat(1, 10);
    expect(first).toMatchObject({ kind: 'recorded', activated: true, node: { lifecycle: 'active' } });
    expect(await beat(2, 40)).toMatchObject({ kind: 'recorded', activated: false });
    expect(await nodes.get(NODE_ID)).toMatchObject({ activatedAt: atText(10), heartbeatAt: atText(40) });
  });

  it('remembers the heartbeat that ended a silence', async () => {
    await nodes.create(makeNode());
    await beat(1, 10);
    const returned = { returnedAt: atText(900), silentSince: atText(10) };
    await nodes.recordHeartbeat(NODE_ID, {
      bootId: 'boot-1',
      seq: 2,
      heartbeat: makeHeartbeat(),
      sentAt: at(900),
      marks: { returned },
    });
    await beat(3, 930);
    expect(await nodes.get(NODE_ID)).toMatchObject({
      heartbeatAt: atText(930),
      returned,
    });
  });

  it('leaves absent metrics absent [health-and-idle#12-5]', async () => {
    await nodes.create(makeNode());
    await beat(1, 10);
    const heartbeat = (await nodes.get(NODE_ID))?.heartbeat;
    expect(heartbeat).toBeDefined();
    expect(heartbeat).not.toHaveProperty('gpus');
    expect(heartbeat).not.toHaveProperty('cpuPercent');
    expect(heartbeat).not.toHaveProperty('unflushedBytes');
  });

  it.each([
    ['a repeat', 5, 'boot-1'],
    ['an older one that came late', 4, 'boot-1'],
    ['one of another boot', 6, 'boot-0'],
  ])('changes nothing for %s', async (_what, seq, bootId) => {
    await nodes.create(makeNode());
    await beat(5, 50);
    const before = await nodes.get(NODE_ID);
    expect(await beat(seq, 60, bootId)).toEqual({ kind: 'stale' });
    expect(await nodes.get(NODE_ID)).toEqual(before);
  });

  it('knows no node that never enrolled', async () => {
    expect(await beat(1, 10)).toEqual({ kind: 'unknown-node' });
    expect(await nodes.get(NODE_ID)).toBeUndefined();
  });

  it('takes only newer inventories', async () => {
    await nodes.create(makeNode());
    const inventory = { inventoryAt: atText(100), digest: 'd', key: 'k', count: 1, bytes: 2 };
    expect(await nodes.recordInventory(NODE_ID, inventory)).toBe(true);
    expect(await nodes.recordInventory(NODE_ID, inventory)).toBe(false);
    expect(await nodes.recordInventory(NODE_ID, { ...inventory, inventoryAt: atText(99) })).toBe(false);
    expect(await nodes.recordInventory(OTHER_ID, inventory)).toBe(false);
    expect((await nodes.get(NODE_ID))?.inventory).toEqual(inventory);
  });

  it('notes that the copies of an inventory are written off, unless a newer one came', async () => {
    await nodes.create(makeNode());
    const inventory = { inventoryAt: atText(100), digest: 'd', key: 'k', count: 1, bytes: 2 };
    expect(await nodes.markWriteOff(NODE_ID, atText(100), 'begun')).toBe(false);
    await nodes.recordInventory(NODE_ID, inventory);
    expect(await nodes.markWriteOff(NODE_ID, atText(99), 'begun')).toBe(false);
    expect(await nodes.markWriteOff(NODE_ID, atText(100), 'begun')).toBe(true);
    expect(await nodes.markWriteOff(NODE_ID, atText(100), 'done')).toBe(true);
    expect((await nodes.get(NODE_ID))?.inventory).toEqual({ ...inventory, writeOff: 'done' });
    await nodes.recordInventory(NODE_ID, { ...inventory, inventoryAt: atText(101) });
    expect((await nodes.get(NODE_ID))?.inventory).not.toHaveProperty('writeOff');
    expect(await nodes.markWriteOff(NODE_ID, atText(100), 'done')).toBe(false);
  });

  it('binds a new boot only if nothing happened since it was judged', async () => {
    await nodes.create(makeNode());
    const revision = (await nodes.get(NODE_ID))?.revision ?? -1;
    await beat(1, 10);
    expect(await nodes.rebind(NODE_ID, revision, 'boot-2', '10.0.0.1')).toBe(false);
    const now = (await nodes.get(NODE_ID))?.revision ?? -1;
    expect(await nodes.rebind(NODE_ID, now, 'boot-2', '10.0.0.1')).toBe(true);
    expect(await nodes.get(NODE_ID)).toMatchObject({ bootId: 'boot-2', sourceAddress: '10.0.0.1' });
  });

  it('does not end a node that gave a sign of life since it was judged', async () => {
    await nodes.create(makeNode());
    const revision = (await nodes.get(NODE_ID))?.revision ?? -1;
    await beat(1, 10);
    expect(await nodes.end(NODE_ID, revision, 'lost', at(20))).toBe(false);
    expect(await nodes.end(NODE_ID, (await nodes.get(NODE_ID))?.revision ?? -1, 'lost', at(20))).toBe(true);
    expect(await nodes.get(NODE_ID)).toMatchObject({ lifecycle: 'lost', endedAt: atText(20) });
  });

  it('revokes once, for good', async () => {
    await nodes.create(makeNode());
    expect(await nodes.revoke(NODE_ID, at(10))).toBe(true);
    expect(await nodes.revoke(NODE_ID, at(20))).toBe(true);
    expect((await nodes.get(NODE_ID))?.revokedAt).toBe(atText(10));
    expect(await nodes.revoke(OTHER_ID, at(10))).toBe(false);
  });

  it('remembers when the queue was deleted', async () => {
    await nodes.create(makeNode());
    await nodes.markQueueDeleted(NODE_ID, at(10));
    await nodes.markQueueDeleted(OTHER_ID, at(10));
    expect((await nodes.get(NODE_ID))?.queueDeletedAt).toBe(atText(10));
    expect(await nodes.get(OTHER_ID)).toBeUndefined();
  });

  describe('leases', () => {
    const activate = async (total: number): Promise<void> => {
      await nodes.create(makeNode());
      await nodes.recordHeartbeat(NODE_ID, {
        bootId: 'boot-1',
        seq: 1,
        heartbeat: makeHeartbeat({ slots: { total, free: total } }),
        sentAt: at(1),
      });
    };

    /** Grants on the item as it is. */
    const grant = async (token: string, nodeId = NODE_ID): Promise<boolean> =>
      nodes.grantLease(nodeId, (await nodes.get(nodeId))?.revision ?? 0, token, lease);

    it('never grants more than the slots, also in a race [events#6-10]', async () => {
      await activate(3);
      const granted: boolean[] = [];
      for (let round = 0; round < 4; round += 1)
        granted.push(
          ...(await Promise.all(Array.from({ length: 4 }, (_, index) => grant(`token-${round}-${index}`)))),
        );
      expect(granted.filter(Boolean)).toHaveLength(3);
      expect(Object.keys((await nodes.get(NODE_ID))?.leases ?? {})).toHaveLength(3);
    });

    it('grants a lease only on the item that the work was found to fit [events#5-7]', async () => {
      await activate(2);
      const expected = (await nodes.get(NODE_ID))?.revision ?? -1;
      await beat(2, 30);
      expect(await nodes.grantLease(NODE_ID, expected, 'a', lease)).toBe(false);
      expect(await nodes.grantLease(NODE_ID, expected + 1, 'a', lease)).toBe(true);
      expect(await nodes.grantLease(NODE_ID, expected + 2, 'a', lease)).toBe(false);
    });

    it('frees a slot by release, which may be repeated', async () => {
      await activate(1);
      expect(await grant('a')).toBe(true);
      expect(await grant('b')).toBe(false);
      await nodes.releaseLease(NODE_ID, 'a');
      await nodes.releaseLease(NODE_ID, 'a');
      expect(await grant('b')).toBe(true);
    });

    it('counts failures in a row, each once, and forgets them with a success', async () => {
      await activate(1);
      const endOne = async (token: string, ended?: 'succeeded' | 'failed') => {
        await grant(token);
        await nodes.releaseLease(NODE_ID, token, ended);
        await nodes.releaseLease(NODE_ID, token, ended);
        return (await nodes.get(NODE_ID))?.failedWork;
      };
      expect(await endOne('a', 'failed')).toBe(1);
      expect(await endOne('b')).toBe(1);
      expect(await endOne('c', 'failed')).toBe(2);
      expect(await endOne('d', 'succeeded')).toBeUndefined();
    });

    it('renews only what is held, and never shortens it', async () => {
      await activate(1);
      await grant('a');
      expect(await nodes.renewLease(NODE_ID, 'a', at(600))).toBe(true);
      expect(await nodes.renewLease(NODE_ID, 'a', at(400))).toBe(false);
      expect((await nodes.get(NODE_ID))?.leases['a']?.leaseUntil).toBe(atText(600));
      await nodes.releaseLease(NODE_ID, 'a');
      expect(await nodes.renewLease(NODE_ID, 'a', at(900))).toBe(false);
      expect((await nodes.get(NODE_ID))?.leases).toEqual({});
    });

    it('ends a lease only once it ran out', async () => {
      await activate(1);
      await grant('a');
      expect(await nodes.expireLease(NODE_ID, 'a', at(300))).toBe(false);
      await nodes.renewLease(NODE_ID, 'a', at(400));
      expect(await nodes.expireLease(NODE_ID, 'a', at(400))).toBe(false);
      expect(await nodes.expireLease(NODE_ID, 'a', at(401))).toBe(true);
      expect(await nodes.expireLease(NODE_ID, 'a', at(401))).toBe(false);
      expect((await nodes.get(NODE_ID))?.leases).toEqual({});
    });

    it.each([
      ['pending', { lifecycle: 'pending' as const }],
      ['lost', { lifecycle: 'lost' as const }],
      ['revoked', { lifecycle: 'active' as const, revokedAt: atText(0) }],
      ['without a heartbeat', { lifecycle: 'active' as const, heartbeat: undefined }],
      ['whose agent drains', { heartbeat: makeHeartbeat({ mode: 'draining' }) }],
      [
        'under a drain',
        { drain: { drainId: 'd', epoch: 1, startedAt: atText(0), drainUntil: atText(900), reason: 'idle' } },
      ],
      ['without slots', { heartbeat: makeHeartbeat({ slots: { total: 0, free: 0 } }) }],
    ])('grants none to a node that is %s [health-and-idle#12-2]', async (_what, overrides) => {
      const node = makeNode({ lifecycle: 'active', heartbeat: makeHeartbeat(), ...overrides });
      await nodes.create(node);
      expect(await grant('a')).toBe(false);
      expect((await nodes.get(NODE_ID))?.leases).toEqual({});
    });

    it('grants none to a node that does not exist', async () => {
      expect(await grant('a', OTHER_ID)).toBe(false);
      expect(await nodes.get(OTHER_ID)).toBeUndefined();
    });
  });
});
