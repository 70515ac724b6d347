import { describe, expect, it } from 'vitest';
import { addSeconds } from '../../lib/time.ts';
import { artifactIdOf, createWorkplace, makeItem, makeWorker, nodeIdOf, workIdOf } from './work-fixture.ts';

const NODE = nodeIdOf(1);
const WORK = workIdOf(1);

describe('work, from its submission to its end', () => {
  it('is given to one node, started, and done; a node takes no twin of it [events#2.15-6]', async () => {
    const place = await createWorkplace([makeWorker(1)]);
    await place.submit(makeItem());
    expect(await place.dispatch()).toMatchObject({ assigned: 1, free: 1, waiting: 1 });
    expect(await place.itemOf(WORK)).toMatchObject({
      status: 'leased',
      attempts: 0,
      lease: { nodeId: NODE },
    });
    expect(place.sent).toMatchObject([
      { type: 'run', nodeId: NODE, workId: WORK, workAttempt: 1, parameters: { games: 50 } },
    ]);

    await place.report(WORK, 'started');
    expect(await place.itemOf(WORK)).toMatchObject({ status: 'running', attempts: 1 });
    expect(await place.dispatch()).toMatchObject({ waiting: 0, assigned: 0 });
    await place.registerOutput(artifactIdOf(7));
    await place.report(WORK, 'succeeded', { outputs: [artifactIdOf(7)] });

    expect(await place.itemOf(WORK)).toMatchObject({
      status: 'succeeded',
      attempts: 1,
      result: { nodeId: NODE, evidence: { gamesPlayed: 50 }, outputCount: 1 },
    });
    expect(await place.ports.work.getDetails(WORK)).toMatchObject({
      logTail: 'the log',
      outputs: [artifactIdOf(7)],
    });
    expect((await place.nodeOf(NODE)).leases).toEqual({});
    expect(place.told()).toEqual(['WorkSubmitted', 'WorkStarted', 'WorkSucceeded']);
  });

  it('is not hidden by the long queue of another campaign, least of all when it is urgent', async () => {
    const place = await createWorkplace([makeWorker(1, { heartbeat: { slots: { total: 3, free: 3 } } })]);
    const LONG = 2100;
    for (let index = 1; index <= LONG; index += 1)
      await place.ports.work.create(makeItem({ workId: workIdOf(index), campaignId: 'long' }));
    const [other, urgent] = [workIdOf(LONG + 1), workIdOf(LONG + 2)];
    const availableAt = addSeconds(place.clock.now(), 1).toISOString();
    await place.ports.work.create(makeItem({ workId: other, campaignId: 'other', availableAt }));
    await place.ports.work.create(
      makeItem({ workId: urgent, campaignId: 'long', lane: 'urgent', availableAt }),
    );
    place.clock.advance(1);
    expect(await place.dispatch()).toMatchObject({ assigned: 3 });
    expect((await place.itemOf(urgent)).status).toBe('leased');
    expect((await place.itemOf(other)).status).toBe('leased');
    expect(await place.ports.work.count('leased')).toMatchObject({ cpu: 3 });
  });
});
