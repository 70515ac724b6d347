import { createHash } from 'node:crypto';
import { readdirSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { until } from '../agent-process.ts';
import { inSeconds, isAlive, PLAYED, PLAYS, prepareWork, SLEEPS, scripted } from './work-fixture.ts';

const sha256 = (text: string): string => createHash('sha256').update(text).digest('hex');

describe('an agent that is given work', () => {
  it('runs the program, brings its outputs into the store, and says so in order', async () => {
    const { cloud, jobs, start, run, conclusionOf, work, workIdOf, reportsOf, resultOf, lastHeartbeat } =
      await prepareWork({ play: scripted(PLAYS, PLAYED) });
    start();
    run('t-1', 'play', { parameters: { games: 5 } });
    const workId = workIdOf('t-1');
    const artifactId = sha256(`games of ${workId}`);
    expect(await conclusionOf('t-1')).toMatchObject({
      workId,
      attempt: 1,
      state: 'succeeded',
      evidence: { gamesPlayed: 5 },
      outputs: [artifactId],
      logTail: 'playing 5\n',
    });
    expect(await resultOf('c-t-1')).toMatchObject({ outcome: 'succeeded' });
    expect(work().map(({ state }) => state)).toEqual(['started', 'succeeded']);
    expect(cloud.objects.get(`artifacts/${artifactId}`)?.toString()).toBe(`games of ${workId}`);
    expect(reportsOf('artifact').map(({ artifact }) => artifact)).toMatchObject([
      { artifactId, kind: 'games', name: 'games-5', fileName: 'games.npz' },
    ]);
    const order = cloud.reports.map(({ type }) => type);
    expect(order.indexOf('artifact')).toBeLessThan(order.lastIndexOf('work'));
    await until('an empty job folder', () => readdirSync(jobs).length === 0);
    expect(lastHeartbeat()?.jobTemplates).toEqual({ play: 'own' });
  });

  it('starts a token once, however often the command comes [events#2.15-5]', async () => {
    const { agents, start, run, conclusionOf, statesOf, resultOf } = await prepareWork({
      play: scripted(PLAYS, PLAYED),
    });
    start();
    run('t-1', 'play');
    run('t-1', 'play');
    await conclusionOf('t-1');
    run('t-1', 'play', { commandId: 'c-again', attempt: 2 });
    expect(await resultOf('c-again')).toMatchObject({ outcome: 'succeeded' });
    expect(statesOf('t-1')).toEqual(['started', 'succeeded']);
    await agents[0]?.stop('SIGKILL');
    start();
    run('t-1', 'play', { commandId: 'c-restarted', attempt: 3 });
    expect(await resultOf('c-restarted')).toMatchObject({ outcome: 'succeeded' });
    expect(statesOf('t-1')).toEqual(['started', 'succeeded']);
  });

  it('lists what runs in its heartbeats, with its free slots, and lets each job see its own GPUs only', async () => {
    const { agents, start, run, send, fileOf, conclusionOf, lastHeartbeat, workIdOf, statesOf } =
      await prepareWork({
        gpus: scripted(
          `require('node:fs').writeFileSync('gpus', '[' + process.env.CUDA_VISIBLE_DEVICES + ']'); ${SLEEPS}`,
        ),
      });
    start({ DROVER_SLOTS: '4', DROVER_GPU_COUNT: '3' });
    run('t-1', 'gpus', { requires: { gpus: 2 } });
    run('t-2', 'gpus', { requires: { gpus: 1 } });
    run('t-3', 'gpus', { requires: { gpus: 0 } });
    const seen = await Promise.all(['t-1', 't-2', 't-3'].map((token) => fileOf(token, 'gpus')));
    expect(seen[2]).toBe('[]');
    expect(seen.slice(0, 2).join().replaceAll(/[[\]]/g, '').split(',').sort()).toEqual(['0', '1', '2']);
    run('t-4', 'gpus', { requires: { gpus: 1 } });
    expect(await conclusionOf('t-4')).toMatchObject({ state: 'released', reason: 'no-slot' });
    await until('three in a heartbeat', () => lastHeartbeat()?.work?.length === 3, agents);
    expect(lastHeartbeat()).toMatchObject({ slots: { total: 4, free: 1 } });
    expect(lastHeartbeat()?.work).toContainEqual(
      expect.objectContaining({ token: 't-1', workId: workIdOf('t-1'), attempt: 1 }),
    );

    const pid = Number(await fileOf('t-1', 'pid'));
    send('c-cancel', { type: 'cancel', token: 't-1', workId: workIdOf('t-1'), reason: 'no longer wanted' });
    expect(await conclusionOf('t-1')).toMatchObject({
      state: 'released',
      reason: 'cancelled',
      message: 'no longer wanted',
    });
    expect(isAlive(pid)).toBe(false);
    run('t-5', 'gpus', { requires: { gpus: 2 } });
    expect(await fileOf('t-5', 'gpus')).toBe(seen[0]);
    expect(statesOf('t-2')).toEqual(['started']);
  });

  it('gives back what it cannot start, free of charge [events#5-6]', async () => {
    const { start, run, send, conclusionOf, resultOf, workIdOf, jobs } = await prepareWork({
      play: scripted(PLAYS, PLAYED),
    });
    start();
    run('t-unknown', 'other', { templateDigest: 'x' });
    run('t-none', 'other');
    run('t-parameter', 'play', { parameters: { games: -1 } });
    run('t-late', 'play', { deadlineAt: inSeconds(-1) });
    send('c-cancel', { type: 'cancel', token: 't-cancelled', workId: workIdOf('t-cancelled'), reason: 'no' });
    await resultOf('c-cancel');
    run('t-cancelled', 'play');
    for (const [token, reason] of [
      ['t-unknown', 'template-unknown'],
      ['t-none', 'template-unknown'],
      ['t-parameter', 'template-unknown'],
      ['t-late', 'late'],
      ['t-cancelled', 'cancelled'],
    ] as const) {
      expect(await conclusionOf(token)).toMatchObject({ state: 'released', reason });
      expect(await resultOf(`c-${token}`)).toMatchObject({ outcome: 'failed' });
    }
    expect(readdirSync(jobs)).toEqual([]);
  });

  it('runs a template of fleet.yaml only by the digest that the work was made from', async () => {
    const { start, run, send, conclusionOf, resultOf, agents, lastHeartbeat } = await prepareWork({});
    start();
    const template = scripted(PLAYS, PLAYED);
    send('c-configure', {
      type: 'configure',
      configuration: {
        digest: 'd',
        claim: [],
        ignore: [],
        templates: { fleet: template, empty: { jobType: 'x' } },
      },
    });
    await resultOf('c-configure');
    await until('the templates', () => Object.keys(lastHeartbeat()?.jobTemplates ?? {}).length > 0, agents);
    const digests = lastHeartbeat()?.jobTemplates ?? {};
    expect(Object.keys(digests)).toEqual(['fleet']);
    run('t-old', 'fleet', { templateDigest: 'f'.repeat(24) });
    expect(await conclusionOf('t-old')).toMatchObject({ reason: 'template-unknown' });
    run('t-new', 'fleet', { templateDigest: digests['fleet'] });
    expect(await conclusionOf('t-new')).toMatchObject({ state: 'succeeded' });
  });

  it('runs no template of fleet.yaml where its own file alone counts', async () => {
    const { start, send, resultOf, run, conclusionOf, agents, reportsOf } = await prepareWork({
      play: scripted(PLAYS, PLAYED),
    });
    start({ DROVER_OWN_TEMPLATES_ONLY: '1' });
    send('c-configure', {
      type: 'configure',
      configuration: { digest: 'd', claim: [], ignore: [], templates: { fleet: scripted(PLAYS) } },
    });
    await resultOf('c-configure');
    run('t-1', 'fleet', { templateDigest: 'f'.repeat(24) });
    expect(await conclusionOf('t-1')).toMatchObject({ reason: 'template-unknown' });
    const beats = reportsOf('heartbeat').length;
    await until('a heartbeat', () => reportsOf('heartbeat').length > beats + 1, agents);
    expect(reportsOf('heartbeat').at(-1)?.heartbeat.jobTemplates).toEqual({ play: 'own' });
  });
});
