import { describe, expect, it } from 'vitest';
import type { EventName } from '../../lib/events/catalogue.ts';
import { cancelWork } from '../../lib/work/cancel-work.ts';
import { recordWork } from '../../lib/work/record-work.ts';
import { retryWork } from '../../lib/work/retry-work.ts';
import { settleDependents } from '../../lib/work/sweep-blocked.ts';
import { sweepWork } from '../../lib/work/sweep-work.ts';
import { type WorkReport, workReportSchema } from '../../lib/work/work-report.ts';
import { createWorkplace, makeItem, makeWorker, nodeIdOf, workIdOf } from './work-fixture.ts';

const WORK = workIdOf(1);
const DEPENDENT = workIdOf(2);
const BY = { by: 'ann', reason: 'not needed' };

/** A workplace whose process ends before it tells anything of what it wrote. */
const prepare = async () => {
  const place = await createWorkplace([makeWorker(1)]);
  const publisher = { publish: () => Promise.reject(new Error('crash')) };
  const dying = { ...place.ports, publisher };
  /** What a node says of the work that it was told to run. */
  const report = async (ports: typeof place.ports | typeof dying, state: WorkReport['state'], more = {}) => {
    const run = place.sent.findLast(({ type }) => type === 'run');
    if (run?.type !== 'run') throw new Error('nobody was told to run it');
    const said = workReportSchema.parse({
      ...{ token: run.token, workId: WORK, attempt: run.workAttempt, state },
      startedAt: place.clock.now().toISOString(),
      ...{ durationSeconds: 1, logTail: 'log', exitCode: state === 'failed' ? 1 : 0, outputs: [] },
      evidence: { gamesPlayed: 1 },
      ...{ failureClass: 'transient', message: 'exit code 1', reason: 'draining' },
      ...more,
    });
    return recordWork(ports, run.nodeId, said, place.clock.now());
  };
  const start = async (): Promise<void> => {
    await place.submit(makeItem());
    await place.dispatch();
    await report(place.ports, 'started');
  };
  return { place, dying, report, start };
};
type Scene = Awaited<ReturnType<typeof prepare>>;

const cases: [string, EventName, (scene: Scene) => Promise<() => Promise<unknown>>][] = [
  [
    'a start',
    'WorkStarted',
    async ({ place, dying, report }) => {
      await place.submit(makeItem());
      await place.dispatch();
      return () => report(dying, 'started');
    },
  ],
  [
    'a start that the sweep saw in a heartbeat',
    'WorkStarted',
    async ({ place, dying }) => {
      await place.submit(makeItem());
      await place.dispatch();
      await place.beat(nodeIdOf(1));
      return () => sweepWork(dying);
    },
  ],
  [
    'a success',
    'WorkSucceeded',
    async ({ start, dying, report }) => {
      await start();
      return () => report(dying, 'succeeded');
    },
  ],
  [
    'a failure after which it is tried again',
    'WorkReturned',
    async ({ start, dying, report }) => {
      await start();
      return () => report(dying, 'failed');
    },
  ],
  [
    'a failure for good',
    'WorkFailed',
    async ({ start, dying, report }) => {
      await start();
      return () => report(dying, 'failed', { failureClass: 'permanent' });
    },
  ],
  [
    'a return',
    'WorkReturned',
    async ({ start, dying, report }) => {
      await start();
      return () => report(dying, 'released');
    },
  ],
  [
    'a return by the sweep, from a node that is gone',
    'WorkReturned',
    async ({ place, start, dying }) => {
      await start();
      const { nodeId, revision } = await place.nodeOf(nodeIdOf(1));
      await place.ports.nodes.end(nodeId, revision, 'lost', place.clock.now());
      return () => sweepWork(dying);
    },
  ],
  [
    'a cancellation of what waits',
    'WorkCancelled',
    async ({ place, dying }) => {
      await place.submit(makeItem());
      return () => cancelWork(dying, WORK, BY);
    },
  ],
  [
    'a cancellation of what runs',
    'WorkCancelled',
    async ({ place, start, dying, report }) => {
      await start();
      await cancelWork(place.ports, WORK, BY);
      return () => report(dying, 'released', { reason: 'cancelled' });
    },
  ],
  [
    'the end of what waits for work that was cancelled',
    'WorkCancelled',
    async ({ place, dying }) => {
      await place.submit(makeItem());
      await place.submit(makeItem({ workId: DEPENDENT, waitsFor: [WORK] }));
      await cancelWork(place.ports, WORK, BY);
      return () => settleDependents(dying, WORK);
    },
  ],
  [
    'another try that somebody wants',
    'WorkSubmitted',
    async ({ place, dying }) => {
      await place.submit(makeItem());
      await cancelWork(place.ports, WORK, BY);
      return () => retryWork(dying, WORK, 1);
    },
  ],
];

describe('an event that a crash swallowed', () => {
  it.each(cases)('of %s is told by the next sweep, once', async (_what, name, arrange) => {
    const scene = await prepare();
    const act = await arrange(scene);
    const { place } = scene;
    const before = place.told().filter((told) => told === name).length;
    await expect(act()).rejects.toThrow();
    expect(place.told().filter((told) => told === name)).toHaveLength(before);

    expect(await place.sweep()).toMatchObject({ retold: 1 });
    expect(place.told().filter((told) => told === name)).toHaveLength(before + 1);
    expect(await place.sweep()).toMatchObject({ retold: 0 });
    expect(await place.ports.work.listUntold()).toEqual([]);
  });

  it('is told although the work went on meanwhile, in the order in which it happened', async () => {
    const { place, dying, report, start } = await prepare();
    await start();
    await expect(report(dying, 'failed')).rejects.toThrow('crash');
    place.clock.advance(700);
    await place.beat(nodeIdOf(1), []);
    await place.dispatch();
    await report(place.ports, 'started');
    expect(place.told()).toEqual(['WorkSubmitted', 'WorkStarted', 'WorkReturned', 'WorkStarted']);
    expect(new Set(place.published.map(({ eventId }) => eventId)).size).toBe(4);
  });

  it('is told under the same id by whoever tells it again', async () => {
    const { place, dying, report, start } = await prepare();
    await start();
    const work = { ...place.ports.work, markTold: () => Promise.reject(new Error('crash')) };
    await expect(report({ ...dying, publisher: place.ports.publisher, work }, 'succeeded')).rejects.toThrow(
      'crash',
    );
    await place.sweep();
    const told = place.published.filter((event) => event.name === 'WorkSucceeded');
    expect(told).toHaveLength(2);
    expect(told[0]).toEqual(told[1]);
  });
});
