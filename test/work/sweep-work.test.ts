import { describe, expect, it } from 'vitest';
import { cancelWork } from '../../lib/work/cancel-work.ts';
import { retryWork } from '../../lib/work/retry-work.ts';
import { settleDependents } from '../../lib/work/sweep-blocked.ts';
import { createWorkplace, makeItem, makeWorker, nodeIdOf, workIdOf } from './work-fixture.ts';

const WORK = workIdOf(1);
const ONE = nodeIdOf(1);
const TWO = nodeIdOf(2);

const prepare = async () => {
  const place = await createWorkplace([makeWorker(1), makeWorker(2)]);
  await place.submit(makeItem());
  await place.dispatch();
  const holder = (await place.itemOf(WORK)).lease?.nodeId ?? '';
  /** A minute later: both beat, the holder with what it runs, or what is said. */
  const minute = async (seconds = 60, ofHolder?: readonly string[]): Promise<void> => {
    place.clock.advance(seconds);
    await place.beat(holder, ofHolder);
    await place.beat(holder === ONE ? TWO : ONE);
  };
  return { place, holder, other: holder === ONE ? TWO : ONE, minute };
};

describe('sweepWork', () => {
  it('sends a command again that may be lost, under the same id', async () => {
    const { place, minute } = await prepare();
    await minute(30, []);
    expect(await place.sweep()).toMatchObject({ steps: { 'not-started-yet': 1 } });
    expect(new Set(place.sent.map(({ commandId }) => commandId)).size).toBe(1);
    expect(place.sent).toHaveLength(2);
  });

  it('gives work that nobody started to another node, at no cost [events#6-6] [events#5-6]', async () => {
    const { place, other, minute } = await prepare();
    await minute(120, []);
    await place.sweep();
    expect(await place.itemOf(WORK)).toMatchObject({ status: 'pending', attempts: 0, returns: 1 });
    await place.dispatch();
    expect((await place.itemOf(WORK)).lease?.nodeId).toBe(other);
  });

  it('takes the heartbeat for the start where the report is missing', async () => {
    const { place, minute } = await prepare();
    await minute(120);
    await place.sweep();
    expect(await place.itemOf(WORK)).toMatchObject({ status: 'running', attempts: 1 });
    expect(place.told()).toContain('WorkStarted');
  });

  it('gives work of a silent node away once, after its lease, and refuses the late completer [events#6-5]', async () => {
    const { place, holder, other } = await prepare();
    await place.report(WORK, 'started');
    const late = place.sent.find(({ type }) => type === 'run');
    for (let minutes = 0; minutes < 5; minutes += 1) {
      place.clock.advance(60);
      await place.beat(other);
      await place.sweep();
      expect((await place.itemOf(WORK)).status).toBe('running');
    }
    place.clock.advance(1);
    await place.beat(other);
    await place.sweep();
    expect(await place.itemOf(WORK)).toMatchObject({ status: 'pending', attempts: 0 });
    await place.dispatch();
    expect(await place.itemOf(WORK)).toMatchObject({ lease: { nodeId: other } });

    const before = await place.itemOf(WORK);
    if (late?.type !== 'run') throw new Error('nobody was told to run it');
    const { action, reason } = await place.reportAs(holder, {
      token: late.token,
      workId: WORK,
      attempt: 1,
      state: 'succeeded',
    });
    expect([action, reason]).toEqual(['refuse', 'not-its-lease']);
    expect(await place.itemOf(WORK)).toEqual(before);
    expect(await place.ports.audit.listByAction('refuse-work-report', 9)).toHaveLength(1);
  });

  it('never gives a job of seven hours away while its node beats [events#6-5] [events#5-4]', async () => {
    const { place, minute } = await prepare();
    await place.report(WORK, 'started');
    for (let minutes = 0; minutes < 7 * 60; minutes += 1) {
      await minute(30);
      await minute(30);
      await place.sweep();
    }
    expect(await place.itemOf(WORK)).toMatchObject({ status: 'running', attempts: 1, returns: 0 });
    await place.report(WORK, 'succeeded');
    expect(await place.itemOf(WORK)).toMatchObject({ status: 'succeeded', attempts: 1 });
  });

  it('keeps the work of silent nodes while nobody is heard at all [health-and-idle#12-9]', async () => {
    const { place } = await prepare();
    await place.report(WORK, 'started');
    place.clock.advance(3600);
    await place.sweep();
    expect((await place.itemOf(WORK)).status).toBe('running');
  });

  it('gives the work of a small fleet back when all of its nodes are dead, once health says that they are', async () => {
    const { place, holder } = await prepare();
    await place.report(WORK, 'started');
    place.clock.advance(3600);
    const { revision } = await place.nodeOf(holder);
    const since = place.clock.now().toISOString();
    const health = { state: 'unreachable' as const, since, reasons: ['missed-heartbeats' as const] };
    expect(await place.ports.nodes.recordHealth(holder, revision, health)).toBe(true);
    await place.sweep();
    expect(await place.itemOf(WORK)).toMatchObject({ status: 'pending', attempts: 0, returns: 1 });
  });

  it('takes work from a node that is gone at once', async () => {
    const { place, holder } = await prepare();
    await place.report(WORK, 'started');
    await place.ports.nodes.end(holder, (await place.nodeOf(holder)).revision, 'lost', place.clock.now());
    await place.sweep();
    expect(await place.itemOf(WORK)).toMatchObject({ status: 'pending', attempts: 0, returns: 1 });
  });

  it('tells a node to stop what it has no lease for', async () => {
    const { place, holder, minute } = await prepare();
    await place.report(WORK, 'started');
    const token = Object.keys((await place.nodeOf(holder)).leases)[0] ?? '';
    await place.beat(holder);
    await place.report(WORK, 'released');
    await place.sweep();
    const cancel = place.sent.at(-1);
    expect(cancel).toMatchObject({ type: 'cancel', nodeId: holder, token });
    expect(await place.ports.commands.get(cancel?.commandId ?? '')).toMatchObject({ status: 'issued' });
    await minute(60, []);
    expect(await place.sweep()).toMatchObject({ strays: 0 });
  });

  it('tells the node of a cancelled job each minute until it gives it back', async () => {
    const { place, holder, minute } = await prepare();
    await place.report(WORK, 'started');
    await cancelWork(place.ports, WORK, { by: 'op', reason: 'wrong data' });
    await minute(60);
    await place.sweep();
    const cancels = place.sent.filter(({ type }) => type === 'cancel');
    expect(cancels).toHaveLength(2);
    expect(cancels).toMatchObject([{ nodeId: holder }, { nodeId: holder }]);
    const [cancel] = cancels;
    expect(await place.ports.commands.get(cancel?.commandId ?? '')).toMatchObject({ status: 'issued' });
    await place.report(WORK, 'released', { reason: 'cancelled' });
    expect(await place.itemOf(WORK)).toMatchObject({ status: 'cancelled', endReason: 'cancelled by op' });
    expect(place.told().at(-1)).toBe('WorkCancelled');
  });

  it('lets blocked work go once all that it waits for succeeded, or left the table [events#6-7]', async () => {
    const { place } = await prepare();
    await place.submit(makeItem({ workId: workIdOf(2), waitsFor: [WORK] }));
    // Archived since: nobody finds it any more.
    await place.ports.work.create(
      makeItem({ workId: workIdOf(3), status: 'blocked', waitsFor: [workIdOf(99)] }),
    );
    expect(await place.sweep()).toMatchObject({ released: 1 });
    expect(await place.itemOf(workIdOf(3))).toMatchObject({ status: 'pending', waitsFor: [] });
    expect((await place.itemOf(workIdOf(2))).status).toBe('blocked');
    await place.report(WORK, 'succeeded');
    expect(await place.sweep()).toMatchObject({ released: 1 });
    expect((await place.itemOf(workIdOf(2))).status).toBe('pending');
  });

  it('lets go at the end of one work what waited for it, and leaves the rest alone', async () => {
    const { place } = await prepare();
    await place.submit(makeItem({ workId: workIdOf(2), waitsFor: [WORK] }));
    await place.ports.work.create(
      makeItem({ workId: workIdOf(3), status: 'blocked', waitsFor: [workIdOf(99)] }),
    );
    await place.report(WORK, 'succeeded');
    expect(await settleDependents(place.ports, WORK)).toEqual({ released: 1, cancelled: 0 });
    expect((await place.itemOf(workIdOf(2))).status).toBe('pending');
    expect((await place.itemOf(workIdOf(3))).status).toBe('blocked');
  });

  it('cancels what waits for work that failed, and says why; a retry takes it up again', async () => {
    const { place } = await prepare();
    await place.submit(makeItem({ workId: workIdOf(2), waitsFor: [WORK] }));
    await place.report(WORK, 'failed', { failureClass: 'permanent' });
    expect(await place.sweep()).toMatchObject({ cancelled: 1 });
    expect(await place.itemOf(workIdOf(2))).toMatchObject({
      status: 'cancelled',
      endReason: `${WORK}, which it waits for, is failed`,
    });
    await retryWork(place.ports, WORK, 3);
    expect(await retryWork(place.ports, workIdOf(2), 3)).toMatchObject({ status: 'blocked' });
  });
});
