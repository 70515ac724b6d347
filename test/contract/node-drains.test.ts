import { beforeEach, describe, expect, it } from 'vitest';
import type { Drain, EndedDrain, Termination } from '../../lib/nodes/drain.ts';
import type { Node } from '../../lib/nodes/node.ts';
import type { NodeStore } from '../../lib/nodes/node-store.ts';
import { at, atText, makeHeartbeat, makeNode, NODE_ID } from '../nodes/fixtures.ts';
import { nodeStores } from './node-stores.ts';

const OTHER_ID = 'n-00000000000b';
const DRAIN: Drain = {
  drainId: 'dr-1',
  epoch: 1,
  startedAt: atText(100),
  drainUntil: atText(1000),
  acknowledgeBy: atText(700),
  reason: 'idle',
};
const PROMISE = { drainId: 'dr-1', epoch: 1, bootId: 'boot-1' };
const ENDED: EndedDrain = {
  drainId: 'dr-1',
  epoch: 1,
  startedAt: atText(100),
  endedAt: atText(200),
  reason: 'activity',
  blockers: ['lease'],
};
const TERMINATION: Termination = {
  terminationId: 'dr-1',
  requestedAt: atText(400),
  reason: 'idle',
  abandonsData: false,
  attempts: 0,
  nextAttemptAt: atText(400),
};
const CLOCK = { criteria: 'c', samples: 1, lastSampleAt: atText(90), busySignals: [] };

describe.each(nodeStores())('NodeDrains in %s', (_name, createStore) => {
  let nodes: NodeStore;
  const start = (overrides: Partial<Node> = {}) =>
    nodes.create(
      makeNode({ lifecycle: 'active', heartbeat: makeHeartbeat(), idleClock: CLOCK, ...overrides }),
    );
  const node = async (): Promise<Node> => {
    const found = await nodes.get(NODE_ID);
    if (found === undefined) throw new Error('the node is gone');
    return found;
  };
  const revision = async (): Promise<number> => (await node()).revision;
  const drainNow = async (overrides: Partial<Node> = {}): Promise<void> => {
    await start(overrides);
    expect(await nodes.beginDrain(NODE_ID, 0, DRAIN)).toBe(true);
  };
  /** The write says no and changes nothing. */
  const expectRefused = async (write: () => Promise<boolean>): Promise<void> => {
    const before = await nodes.get(NODE_ID);
    expect(await write()).toBe(false);
    expect(await nodes.get(NODE_ID)).toEqual(before);
  };

  beforeEach(async () => {
    nodes = await createStore();
  });

  it('begins a drain with its epoch and drops what a shadow or an earlier drain left', async () => {
    const shadowDrain = { drainId: 'sd-1', startedAt: atText(1), maturesAt: atText(2) };
    await drainNow({ shadowDrain, endedDrain: { ...ENDED, drainId: 'dr-0' } });
    expect(await node()).toMatchObject({ lifecycle: 'draining', drain: DRAIN, drainEpoch: 1, revision: 1 });
    expect(await node()).not.toHaveProperty('shadowDrain');
    expect(await node()).not.toHaveProperty('endedDrain');
  });

  it.each<[string, Partial<Node>, number]>([
    ['changed since', {}, 7],
    ['is not active', { lifecycle: 'pending' }, 0],
    ['drains already', { drain: { ...DRAIN, drainId: 'dr-0' } }, 0],
    ['had this epoch before [health-and-idle#1.8-8]', { drainEpoch: 1 }, 0],
    ['holds a lease', { leases: { t: { workId: 'w', attempt: 1, leaseUntil: atText(900) } } }, 0],
  ])('begins none on a node that %s', async (_title, overrides, expected) => {
    await start(overrides);
    await expectRefused(() => nodes.beginDrain(NODE_ID, expected, DRAIN));
  });

  it('begins one of two drains in a race', async () => {
    await start();
    const begun = await Promise.all(
      ['dr-1', 'dr-2', 'dr-3'].map((drainId) => nodes.beginDrain(NODE_ID, 0, { ...DRAIN, drainId })),
    );
    expect(begun.filter(Boolean)).toHaveLength(1);
  });

  it('gives a draining node no lease, and a leased node no drain [health-and-idle#1.8-7]', async () => {
    await drainNow();
    await expectRefused(() =>
      nodes.grantLease(NODE_ID, 1, 't', { workId: 'w', attempt: 1, leaseUntil: atText(900) }),
    );
  });

  it('takes the promise for this very drain, with what it says', async () => {
    await drainNow();
    expect(
      await nodes.acknowledgeDrain(
        NODE_ID,
        { ...PROMISE, drainUntil: atText(2000), inventoryDigest: 'i' },
        at(150),
      ),
    ).toBe(true);
    expect((await node()).drain).toEqual({
      ...DRAIN,
      acknowledgedAt: atText(150),
      acknowledgedBootId: 'boot-1',
      drainUntil: atText(2000),
      inventoryDigest: 'i',
    });
  });

  it.each([
    ['another drain', { drainId: 'dr-0' }],
    ['another epoch', { epoch: 2 }],
    ['another boot', { bootId: 'boot-0' }],
  ])('takes none for %s [health-and-idle#14-5]', async (_title, changes) => {
    await drainNow();
    await expectRefused(() =>
      nodes.acknowledgeDrain(NODE_ID, { ...PROMISE, ...changes, drainUntil: atText(9000) }, at(150)),
    );
  });

  it('keeps the newest promise, and never a shorter one [health-and-idle#14-13]', async () => {
    await drainNow();
    await nodes.acknowledgeDrain(NODE_ID, { ...PROMISE, drainUntil: atText(3000) }, at(300));
    await expectRefused(() =>
      nodes.acknowledgeDrain(NODE_ID, { ...PROMISE, drainUntil: atText(9000) }, at(150)),
    );
    expect(await nodes.acknowledgeDrain(NODE_ID, { ...PROMISE, drainUntil: atText(2000) }, at(310))).toBe(
      true,
    );
    expect((await node()).drain).toMatchObject({ acknowledgedAt: atText(310), drainUntil: atText(3000) });
  });

  it('gives a node back and forgets its idle clock [health-and-idle#1.8-9]', async () => {
    await drainNow();
    await expectRefused(() => nodes.endDrain(NODE_ID, 0, ENDED));
    await expectRefused(() => nodes.endDrain(NODE_ID, 1, { ...ENDED, drainId: 'dr-0' }));
    expect(await nodes.endDrain(NODE_ID, 1, ENDED)).toBe(true);
    expect(await node()).toMatchObject({ lifecycle: 'active', endedDrain: ENDED, drainEpoch: 1 });
    expect(await node()).not.toHaveProperty('drain');
    expect(await node()).not.toHaveProperty('idleClock');
    await expectRefused(() => nodes.acknowledgeDrain(NODE_ID, PROMISE, at(210)));
    await expectRefused(async () => nodes.endDrain(NODE_ID, await revision(), ENDED));
  });

  it('remembers that start and end of a drain were said, of that drain', async () => {
    await drainNow();
    await expectRefused(() => nodes.markDrainAnnounced(NODE_ID, 'dr-0', at(110)));
    expect(await nodes.markDrainAnnounced(NODE_ID, 'dr-1', at(110))).toBe(true);
    expect((await node()).drain?.announcedAt).toBe(atText(110));
    await nodes.endDrain(NODE_ID, await revision(), ENDED);
    await expectRefused(() => nodes.markDrainEndAnnounced(NODE_ID, 'dr-0', at(210)));
    expect(await nodes.markDrainEndAnnounced(NODE_ID, 'dr-1', at(210))).toBe(true);
    expect((await node()).endedDrain?.announcedAt).toBe(atText(210));
  });

  it('ends only a node whose agent acknowledged', async () => {
    await drainNow();
    await expectRefused(() => nodes.beginTermination(NODE_ID, 1, TERMINATION));
    await nodes.acknowledgeDrain(NODE_ID, PROMISE, at(150));
    await expectRefused(() => nodes.beginTermination(NODE_ID, 1, TERMINATION));
    expect(await nodes.beginTermination(NODE_ID, 2, TERMINATION)).toBe(true);
    expect(await node()).toMatchObject({ lifecycle: 'terminating', termination: TERMINATION, drain: DRAIN });
    await expectRefused(async () => nodes.endDrain(NODE_ID, await revision(), ENDED));
  });

  it('gives a terminating node back whose provider accepted nothing, and forgets its idle clock', async () => {
    const terminating = { lifecycle: 'terminating' as const, drain: DRAIN, drainEpoch: 1 };
    await start({ ...terminating, termination: { ...TERMINATION, attempts: 2, lastOutcome: 'refused' } });
    await expectRefused(() => nodes.cancelTermination(NODE_ID, 7, ENDED));
    await expectRefused(() => nodes.cancelTermination(NODE_ID, 0, { ...ENDED, drainId: 'dr-0' }));
    const given = await Promise.all([1, 2].map(() => nodes.cancelTermination(NODE_ID, 0, ENDED)));
    expect(given.filter(Boolean)).toHaveLength(1);
    expect(await node()).toMatchObject({
      lifecycle: 'active',
      endedDrain: ENDED,
      drainEpoch: 1,
      revision: 1,
    });
    for (const name of ['drain', 'termination', 'idleClock']) expect(await node()).not.toHaveProperty(name);
    await expectRefused(() => nodes.recordTermination(NODE_ID, 1, TERMINATION));
  });

  it.each<[string, Partial<Node>]>([
    ['whose end was accepted once', { termination: { ...TERMINATION, acceptedAt: atText(410) } }],
    ['that a person ended', { termination: { ...TERMINATION, forcedBy: 'p' } }],
    ['that only drains', { lifecycle: 'draining', termination: undefined }],
    ['that ended', { lifecycle: 'terminated', termination: TERMINATION }],
  ])('gives none back %s', async (_title, changes) => {
    await start({ lifecycle: 'terminating', drain: DRAIN, drainEpoch: 1, ...changes });
    await expectRefused(() => nodes.cancelTermination(NODE_ID, 0, ENDED));
  });

  it.each<[Node['lifecycle'], boolean]>([
    ['pending', true],
    ['active', true],
    ['terminating', false],
    ['terminated', false],
    ['lost', false],
  ])('lets a person end a %s node: %s', async (lifecycle, expected) => {
    await start({ lifecycle });
    const write = () => nodes.beginTermination(NODE_ID, 0, { ...TERMINATION, forcedBy: 'p' });
    if (expected) expect(await write()).toBe(true);
    else await expectRefused(write);
  });

  it('notes how a termination stands, for that one, and once of two runs', async () => {
    await start({ lifecycle: 'terminating', termination: TERMINATION });
    const next = { ...TERMINATION, attempts: 1 };
    await expectRefused(() => nodes.recordTermination(NODE_ID, 0, { ...next, terminationId: 'dr-0' }));
    const written = await Promise.all([1, 2].map(() => nodes.recordTermination(NODE_ID, 0, next)));
    expect(written.filter(Boolean)).toHaveLength(1);
    expect((await node()).termination).toEqual(next);
  });

  it('keeps a shadow apart: not even the revision changes [health-and-idle#1.8-13] [health-and-idle#14-12]', async () => {
    await start();
    const before = await node();
    const shadow = { drainId: 'sd-1', startedAt: atText(1), maturesAt: atText(2) };
    expect(await nodes.putShadowDrain(NODE_ID, undefined, shadow)).toBe(true);
    expect(await node()).toEqual({ ...before, shadowDrain: shadow });
    await expectRefused(() => nodes.putShadowDrain(NODE_ID, undefined, shadow));
    await expectRefused(() => nodes.putShadowDrain(NODE_ID, 'sd-0', undefined));
    expect(await nodes.putShadowDrain(NODE_ID, 'sd-1', undefined)).toBe(true);
    expect(await node()).toEqual(before);
    expect(await nodes.putShadowDrain(OTHER_ID, undefined, shadow)).toBe(false);
  });

  it('keeps a waiver for the revision that the person saw', async () => {
    await start();
    const waiver = {
      waivedBy: 'p',
      waivedAt: atText(1),
      reason: 'r',
      expiresAt: atText(9),
      count: 1,
      bytes: 2,
    };
    await expectRefused(() => nodes.waiveData(NODE_ID, 7, waiver));
    expect(await nodes.waiveData(NODE_ID, 0, waiver)).toBe(true);
    expect((await node()).dataWaiver).toEqual(waiver);
  });

  it('notes the latest use, where there is a clock', async () => {
    await start();
    expect(await nodes.noteActivity(NODE_ID, at(50))).toBe(true);
    await expectRefused(() => nodes.noteActivity(NODE_ID, at(50)));
    await expectRefused(() => nodes.noteActivity(NODE_ID, at(40)));
    expect(await nodes.noteActivity(NODE_ID, at(60))).toBe(true);
    expect((await node()).idleClock?.activityAt).toBe(atText(60));
    await nodes.rebind(NODE_ID, await revision(), 'boot-2', undefined);
    await expectRefused(() => nodes.noteActivity(NODE_ID, at(70)));
  });

  it('says no for a node that does not exist', async () => {
    expect(await nodes.beginDrain(OTHER_ID, 0, DRAIN)).toBe(false);
    expect(await nodes.acknowledgeDrain(OTHER_ID, PROMISE, at(1))).toBe(false);
    expect(await nodes.beginTermination(OTHER_ID, 0, { ...TERMINATION, forcedBy: 'p' })).toBe(false);
    expect(await nodes.noteActivity(OTHER_ID, at(1))).toBe(false);
    expect(await nodes.get(OTHER_ID)).toBeUndefined();
  });
});
