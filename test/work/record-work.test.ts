import { describe, expect, it } from 'vitest';
import { artifactIdOf, createWorkplace, makeItem, makeWorker, nodeIdOf, workIdOf } from './work-fixture.ts';

const WORK = workIdOf(1);
const NODE = nodeIdOf(1);

const prepare = async () => {
  const place = await createWorkplace([makeWorker(1)]);
  await place.submit(makeItem());
  await place.dispatch();
  await place.report(WORK, 'started');
  return place;
};

describe('recordWork', () => {
  it('takes no success before every output is in the store: the report comes again', async () => {
    const place = await prepare();
    const outputs = [artifactIdOf(1), artifactIdOf(2)];
    await place.registerOutput(artifactIdOf(1));
    await expect(place.report(WORK, 'succeeded', { outputs })).rejects.toThrow(
      `1 of 2 outputs of ${WORK} are not in the store yet, ${artifactIdOf(2)} is one`,
    );
    expect((await place.itemOf(WORK)).status).toBe('running');
    await place.registerOutput(artifactIdOf(2));
    await place.report(WORK, 'succeeded', { outputs });
    expect(await place.itemOf(WORK)).toMatchObject({ status: 'succeeded', result: { outputCount: 2 } });
  });

  it('gives the work to nobody else while the report of a success waits for its outputs', async () => {
    const place = await createWorkplace([makeWorker(1), makeWorker(2)]);
    await place.submit(makeItem());
    await place.dispatch();
    await place.report(WORK, 'started');
    const { nodeId } = (await place.itemOf(WORK)).lease ?? { nodeId: '' };
    // The report comes every 180 s; its node says no more of it.
    for (let receives = 0; receives < 4; receives += 1) {
      await expect(place.report(WORK, 'succeeded', { outputs: [artifactIdOf(1)] })).rejects.toThrow(
        'not in the store yet',
      );
      for (let seconds = 0; seconds < 180; seconds += 60) {
        place.clock.advance(60);
        for (const index of [1, 2]) await place.beat(nodeIdOf(index), []);
        await place.sweep();
      }
      expect(await place.itemOf(WORK)).toMatchObject({ status: 'running', lease: { nodeId } });
    }
    await place.registerOutput(artifactIdOf(1));
    await place.report(WORK, 'succeeded', { outputs: [artifactIdOf(1)] });
    expect(await place.itemOf(WORK)).toMatchObject({ status: 'succeeded', attempts: 1, returns: 0 });
  });

  it('waits a moment for an output that is being registered', async () => {
    const place = await prepare();
    const registering = place.registerOutput;
    let waits = 0;
    Object.assign(place.ports, {
      wait: async () => {
        waits += 1;
        if (waits === 3) await registering(artifactIdOf(1));
      },
    });
    await place.report(WORK, 'succeeded', { outputs: [artifactIdOf(1)] });
    expect((await place.itemOf(WORK)).status).toBe('succeeded');
    expect(waits).toBe(3);
  });

  it('tells of each end once, with what a consumer needs [events#2.15-2] [events#2.15-11] [events#2.15-12]', async () => {
    const place = await prepare();
    await place.report(WORK, 'succeeded');
    await place.report(WORK, 'succeeded');
    const ends = place.published.filter(({ name }) => name === 'WorkSucceeded');
    expect(new Set(ends.map(({ eventId }) => eventId)).size).toBe(1);
    expect(ends[0]?.fields).toEqual({
      workId: WORK,
      jobType: 'selfplay',
      class: 'cpu',
      nodeId: NODE,
      attempt: 1,
      durationSeconds: 1,
      outputCount: 0,
    });
  });

  it('counts failures of the node, but not those of a job that cannot succeed anywhere', async () => {
    const place = await prepare();
    await place.report(WORK, 'failed', { failureClass: 'permanent' });
    expect((await place.nodeOf(NODE)).failedWork).toBeUndefined();
    for (const [index, failureClass] of ['transient', 'timeout'].entries()) {
      const workId = workIdOf(index + 2);
      await place.submit(makeItem({ workId }));
      await place.dispatch();
      await place.report(workId, 'failed', { failureClass });
      expect((await place.nodeOf(NODE)).failedWork).toBe(index + 1);
    }
    await place.submit(makeItem({ workId: workIdOf(9) }));
    await place.dispatch();
    await place.report(workIdOf(9), 'succeeded');
    expect((await place.nodeOf(NODE)).failedWork).toBeUndefined();
  });

  it('keeps the log of the last attempt that said something', async () => {
    const place = await prepare();
    await place.report(WORK, 'released', { logTail: 'was interrupted' });
    expect(await place.ports.work.getDetails(WORK)).toMatchObject({ logTail: 'was interrupted' });
  });
});
