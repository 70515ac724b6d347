import { describe, expect, it } from 'vitest';
import { createMemoryAuditStore } from '../../lib/audit/memory-audit-store.ts';
import { createMemoryPublisher } from '../../lib/events/memory-publisher.ts';
import { createMemoryNodeStore } from '../../lib/nodes/memory-node-store.ts';
import { decideConfirmed } from '../../lib/providers/decide-confirmed.ts';
import type { Instance } from '../../lib/providers/instance.ts';
import { createMemoryInstanceStore } from '../../lib/providers/memory-instance-store.ts';
import { createMemoryProviderStateStore } from '../../lib/providers/memory-provider-state-store.ts';
import { ProviderError } from '../../lib/providers/provider-error.ts';
import { RECONCILE_POLICY } from '../../lib/providers/reconcile-policy.ts';
import { reconcileProvider } from '../../lib/providers/reconcile-provider.ts';
import { createTestClock, makeHeartbeat, makeNode, NODE_ID } from '../nodes/fixtures.ts';
import { makeInstance } from './fixtures.ts';

/** A provider that lists what it is told to, and one node on its instance 1001. */
const prepare = async () => {
  const clock = createTestClock();
  const nodes = createMemoryNodeStore();
  const instances = createMemoryInstanceStore();
  const states = createMemoryProviderStateStore();
  const publisher = createMemoryPublisher('drover');
  const audit = createMemoryAuditStore();
  await nodes.create(makeNode({ lifecycle: 'active', sourceAddress: '198.51.100.7' }));
  let listed: readonly Instance[] = [];
  let seq = 0;
  const ports = {
    provider: { key: 'vast' as const, listInstances: async () => listed },
    nodes,
    instances,
    states,
    publisher,
    audit,
    clock,
    actor: 'test',
  };
  /** One minute later: the node beats, and the cycle runs. */
  const cycle = async (answer: readonly Instance[] | ProviderError, changes: Partial<typeof ports> = {}) => {
    clock.advance(60);
    seq += 1;
    await nodes.recordHeartbeat(NODE_ID, {
      bootId: 'boot-1',
      seq,
      heartbeat: makeHeartbeat(),
      sentAt: clock.now(),
    });
    if (answer instanceof ProviderError) {
      const provider = { key: 'vast' as const, listInstances: () => Promise.reject(answer) };
      return reconcileProvider({ ...ports, provider }, RECONCILE_POLICY);
    }
    listed = answer;
    return reconcileProvider({ ...ports, ...changes }, RECONCILE_POLICY);
  };
  const events = (name: string) => publisher.published.filter((event) => event.name === name);
  const node = async () => {
    const found = await nodes.get(NODE_ID);
    if (found === undefined) throw new Error('the node is gone');
    return found;
  };
  return { clock, nodes, instances, states, audit, cycle, events, node };
};

const here = makeInstance('1001', { address: '198.51.100.7' });
const noAnswer = new ProviderError('vast', 'transient', 'no answer');

describe('reconcileProvider', () => {
  it('confirms the binding of a node, and only a fresh listing lets anybody act on it', async () => {
    const { cycle, node, states, clock } = await prepare();
    const confirmed = async () => decideConfirmed(await node(), await states.get('vast'), clock.now()).reason;
    expect(await confirmed()).toBe('provider-state-unreadable');
    await cycle([here]);
    expect(await confirmed()).toBe('confirmed');
    clock.advance(301);
    expect(await confirmed()).toBe('listing-stale');
  });

  it.each<[string, Instance[], string]>([
    ['another address', [makeInstance('1001', { address: '203.0.113.9' })], 'address-mismatch'],
    ['no such instance', [makeInstance('77')], 'not-listed'],
  ])('blocks on %s', async (_what, listing, reason) => {
    const { cycle, node, states, clock } = await prepare();
    await cycle(listing);
    expect(decideConfirmed(await node(), await states.get('vast'), clock.now()).reason).toBe(reason);
  });

  it('audits each change of a binding once, with what it was before', async () => {
    const { cycle, audit } = await prepare();
    const elsewhere = makeInstance('1001', { address: '203.0.113.9' });
    await cycle([here]);
    await cycle([here]);
    await cycle([elsewhere]);

    expect(await audit.listByAction('record-binding', 9)).toMatchObject([
      {
        reason: 'address-mismatch',
        before: { state: 'confirmed' },
        after: { state: 'address-mismatch', address: '203.0.113.9' },
      },
      { reason: 'confirmed', after: { state: 'confirmed' } },
    ]);
  });

  it('audits that a listing is held back, and that it is believed again, once each', async () => {
    const { cycle, audit } = await prepare();
    const all = [here, ...['2', '3', '4', '5'].map((id) => makeInstance(id))];
    for (const listing of [all, [], [], all, all]) await cycle(listing);

    const rows = (await audit.list({ subject: 'provider:vast', limit: 9 })).rows;
    expect(rows).toMatchObject([
      { action: 'believe-listing', reason: 'complete', before: { missing: 5, known: 5 } },
      { action: 'hold-back-listing', reason: 'shrank-at-once', after: { missing: 5, known: 5 } },
    ]);
  });

  it('ends a node after two complete listings without its instance, within three minutes, and says so once', async () => {
    const { cycle, node, events, audit } = await prepare();
    await cycle([here]);
    await cycle([]);
    expect((await node()).lifecycle).toBe('active');
    await cycle([]);
    await cycle([]);
    expect((await node()).lifecycle).toBe('lost');
    expect(events('NodeLost')).toMatchObject([
      { fields: { nodeId: NODE_ID, instanceId: '1001', reason: 'gone' } },
    ]);
    expect(await audit.listByAction('end-node', 5)).toHaveLength(1);
  });

  it('says NodePreempted when the provider does', async () => {
    const { cycle, events } = await prepare();
    const taken = makeInstance('1001', { status: 'preempted', bills: false, chargeMicroUsdPerHour: 0 });
    await cycle([here]);
    await cycle([taken]);
    await cycle([taken]);
    expect(events('NodePreempted')).toHaveLength(1);
    expect(events('NodeLost')).toEqual([]);
  });

  it('changes nothing on a failed listing, and says that it is stale once it is [providers#0-2] [health-and-idle#12-15]', async () => {
    const { cycle, node, states, instances, events } = await prepare();
    await cycle([here]);
    const before = await instances.list('vast');
    for (let failure = 0; failure < 7; failure += 1)
      await expect(cycle(noAnswer)).rejects.toThrow('no answer');
    expect(await instances.list('vast')).toEqual(before);
    expect((await node()).lifecycle).toBe('active');
    expect(await states.get('vast')).toMatchObject({
      failure: { kind: 'transient', message: 'no answer' },
      // Seven minutes at 36 cents an hour: what is known goes on costing.
      spend: { dayMicroUsd: 42_000 },
    });
    expect(new Set(events('ProviderListingStale').map(({ eventId }) => eventId)).size).toBe(1);
    await cycle([here]);
    expect(await states.get('vast')).not.toHaveProperty('failure');
  });

  it('repeats to the same effect what a crash cut off: the node ended, and nobody was told', async () => {
    const { cycle, node, events, instances } = await prepare();
    await cycle([here]);
    await cycle([]);
    const dead = { publish: () => Promise.reject(new Error('the function died')) };
    await expect(
      cycle([], { publisher: Object.assign(createMemoryPublisher('drover'), dead) }),
    ).rejects.toThrow();
    expect((await node()).lifecycle).toBe('lost');
    // The listing of the cycle that died proves nothing any more: two others have to.
    await cycle([]);
    await cycle([]);
    expect(events('NodeLost')).toHaveLength(1);
    expect(await instances.list('vast')).toMatchObject([{ goneAt: expect.any(String) }]);
  });

  it('names an instance without an agent after 15 minutes, once, and does nothing to it', async () => {
    const { cycle, events } = await prepare();
    const lonely = makeInstance('77');
    for (let minute = 0; minute < 15; minute += 1) await cycle([here, lonely]);
    expect(events('NodeUnmanaged')).toEqual([]);
    for (let minute = 0; minute < 5; minute += 1) await cycle([here, lonely]);
    expect(events('NodeUnmanaged')).toMatchObject([
      { fields: { instanceId: '77', microUsdPerHour: 360_000 } },
    ]);
  });

  it('brings a lost node back when the provider lists it and it speaks', async () => {
    const { cycle, node, events } = await prepare();
    await cycle([here]);
    await cycle([]);
    await cycle([]);
    expect((await node()).lifecycle).toBe('lost');
    await cycle([here]);
    expect((await node()).lifecycle).toBe('active');
    expect(events('NodeActivated')).toHaveLength(1);
  });

  it('announces a listing that shrank at once, and ends nobody for it', async () => {
    const { cycle, node, events, states } = await prepare();
    const all = [here, ...['2', '3', '4', '5'].map((id) => makeInstance(id))];
    await cycle(all);
    await cycle([]);
    await cycle([]);
    expect((await states.get('vast'))?.suspect).toMatchObject({ listings: 2, missing: 5, known: 5 });
    expect(events('ProviderListingSuspect')).toHaveLength(1);
    await cycle(all);
    expect(await states.get('vast')).not.toHaveProperty('suspect');
    expect((await node()).lifecycle).toBe('active');
  });

  it('ends the node for which termination was asked as terminated, without calling it lost', async () => {
    const { cycle, node, events, nodes } = await prepare();
    await cycle([here]);
    await nodes.create(makeNode({ nodeId: 'n-0000000000ff', instanceId: '9', lifecycle: 'terminating' }));
    await cycle([here, makeInstance('9')]);
    await cycle([here]);
    await cycle([here]);
    expect((await nodes.get('n-0000000000ff'))?.lifecycle).toBe('terminated');
    expect((await node()).lifecycle).toBe('active');
    expect(events('NodeLost')).toEqual([]);
  });

  it('keeps an instance that does not run but bills, with its cost', async () => {
    const { cycle, states } = await prepare();
    await cycle([
      here,
      makeInstance('8', { status: 'stopped', rawStatus: 'EXITED', chargeMicroUsdPerHour: 13_698 }),
    ]);
    expect(await states.get('vast')).toMatchObject({
      counts: { listed: 2, running: 1, idleBilling: 1 },
      spend: { microUsdPerHour: 373_698 },
    });
  });
});
