import { describe, expect, it } from 'vitest';
import { dispatchWork } from '../../lib/work/dispatch-work.ts';
import { recordWork } from '../../lib/work/record-work.ts';
import { sweepWork } from '../../lib/work/sweep-work.ts';
import { type WorkReport, workReportSchema } from '../../lib/work/work-report.ts';
import { breakable } from './breakable.ts';
import { createWorkplace, makeItem, makeWorker, nodeIdOf, workIdOf } from './work-fixture.ts';

const WORK = workIdOf(1);
/** No step writes more often than that. */
const MOST_WRITES = 8;
const NODES = [nodeIdOf(1), nodeIdOf(2)];

const prepare = async (writes: number) => {
  const place = await createWorkplace([makeWorker(1), makeWorker(2)]);
  const { ports, breaker } = breakable(place.ports);
  await place.submit(makeItem());
  /** Ends before its n-th write, and is done again as the queue or the next minute would. */
  const twice = async (run: () => Promise<unknown>, armed: boolean): Promise<void> => {
    if (!armed) return void (await run());
    breaker.after(writes);
    await run().catch((error: unknown) => {
      if (!String(error).includes('crash')) throw error;
    });
    breaker.mend();
    await run();
  };
  const beats = async (): Promise<void> => {
    for (const nodeId of NODES) await place.beat(nodeId, []);
  };
  const say = (state: WorkReport['state'], armed: boolean) => {
    const run = place.sent.findLast(({ type }) => type === 'run');
    if (run?.type !== 'run') throw new Error('nobody was told to run it');
    const handle = { token: run.token, workId: WORK, attempt: run.workAttempt, state };
    const report = workReportSchema.parse({
      ...handle,
      startedAt: place.clock.now().toISOString(),
      durationSeconds: 1,
      logTail: 'log',
      exitCode: state === 'failed' ? 1 : 0,
      evidence: { gamesPlayed: 1 },
      outputs: [],
      failureClass: 'permanent',
      reason: 'draining',
      message: 'x',
    });
    return twice(() => recordWork(ports, run.nodeId, report, place.clock.now()), armed);
  };
  const expectAtRest = async (): Promise<void> => {
    place.clock.advance(200);
    await beats();
    await sweepWork(place.ports);
    for (const nodeId of NODES) expect((await place.nodeOf(nodeId)).leases).toEqual({});
    const ids = place.published.map(({ eventId, name }) => `${name} ${eventId}`);
    for (const name of ['WorkSucceeded', 'WorkFailed'])
      expect(new Set(ids.filter((id) => id.startsWith(name))).size).toBeLessThanOrEqual(1);
  };
  return { place, ports, twice, beats, say, expectAtRest };
};

const crashes = Array.from({ length: MOST_WRITES }, (_, index) => index + 1);

describe('a crash before any write', () => {
  it.each(crashes)('of an assignment (the %i.) leaves work that is given to one node', async (writes) => {
    const { place, ports, twice, beats, say, expectAtRest } = await prepare(writes);
    await twice(() => dispatchWork(ports), true);
    // What was granted and never marked is undone, what was marked and never sent is sent again.
    for (const seconds of [30, 40, 60]) {
      place.clock.advance(seconds);
      await beats();
      await sweepWork(place.ports);
      await dispatchWork(place.ports);
    }
    await say('succeeded', false);
    expect(await place.itemOf(WORK)).toMatchObject({ status: 'succeeded', attempts: 1 });
    await expectAtRest();
  });

  it.each(crashes)('of a success (the %i.) is mended by its redelivery', async (writes) => {
    const { place, say, expectAtRest } = await prepare(writes);
    await place.dispatch();
    await say('started', true);
    await say('succeeded', true);
    expect(await place.itemOf(WORK)).toMatchObject({ status: 'succeeded', attempts: 1 });
    expect(place.told()).toContain('WorkStarted');
    expect(place.told()).toContain('WorkSucceeded');
    await expectAtRest();
  });

  it.each(crashes)('of a failure (the %i.) is mended by its redelivery, and counts once', async (writes) => {
    const { place, say, expectAtRest } = await prepare(writes);
    await place.dispatch();
    await say('failed', true);
    expect(await place.itemOf(WORK)).toMatchObject({ status: 'failed', failures: [{ class: 'permanent' }] });
    expect(place.told()).toContain('WorkFailed');
    await expectAtRest();
  });

  it.each(crashes)('of a return (the %i.) is mended by its redelivery, and counts once', async (writes) => {
    const { place, say, expectAtRest } = await prepare(writes);
    await place.dispatch();
    await say('started', false);
    await say('released', true);
    expect(await place.itemOf(WORK)).toMatchObject({ status: 'pending', attempts: 0, returns: 1 });
    expect(place.told()).toContain('WorkReturned');
    await expectAtRest();
  });

  it.each(crashes)('of a sweep (the %i.) is mended by the next one', async (writes) => {
    const { place, ports, twice, beats, say, expectAtRest } = await prepare(writes);
    await place.dispatch();
    await say('started', false);
    place.clock.advance(301);
    await beats();
    await twice(() => sweepWork(ports), true);
    expect(await place.itemOf(WORK)).toMatchObject({ status: 'pending', attempts: 0, returns: 1 });
    expect(place.told()).toContain('WorkReturned');
    await expectAtRest();
  });
});
