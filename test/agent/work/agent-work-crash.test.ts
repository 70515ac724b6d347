import { createHash } from 'node:crypto';
import { readdirSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { until } from '../agent-process.ts';
import { isAlive, PLAYED, PLAYS, prepareWork, SLEEPS, scripted } from './work-fixture.ts';

const sha256 = (text: string): string => createHash('sha256').update(text).digest('hex');

/** A drain of the first epoch. */
const drain = (work: 'finish' | 'release', minutes = 10) => ({
  type: 'drain',
  drainId: 'd-1',
  epoch: 1,
  drainUntil: new Date(Date.now() + minutes * 60_000).toISOString(),
  reason: 'idle',
  work,
});

describe('an agent that is killed while it has work', () => {
  it('ends what still runs when it starts again, and gives it back', async () => {
    const { agents, start, run, started, conclusionOf, fileOf, statesOf, lastHeartbeat, reportsOf } =
      await prepareWork({
        job: scripted(`
          const { spawn } = require('node:child_process');
          const script = "require('node:fs').writeFileSync('child', String(process.pid)); setInterval(() => {}, 1000)";
          spawn(process.execPath, ['-e', script], { detached: true, stdio: 'ignore' });
          ${SLEEPS}`),
      });
    const first = start();
    run('t-1', 'job');
    await started('t-1');
    const pids = [await fileOf('t-1', 'pid'), await fileOf('t-1', 'child')].map(Number);
    await first.stop('SIGKILL');
    expect(pids.map(isAlive)).toEqual([true, true]);

    start();
    expect(await conclusionOf('t-1')).toMatchObject({ state: 'released', reason: 'agent-restart' });
    // Also the child that left the group.
    expect(pids.map(isAlive)).toEqual([false, false]);
    expect(statesOf('t-1')).toEqual(['started', 'released']);
    const beats = reportsOf('heartbeat').length;
    await until('a heartbeat', () => reportsOf('heartbeat').length > beats + 1, agents);
    expect(lastHeartbeat()).toMatchObject({ work: [], slots: { total: 2, free: 2 } });
  }, 60_000);

  it('goes on bringing outputs into the store when the program had ended', async () => {
    const { cloud, agents, start, run, started, conclusionOf, statesOf, workIdOf } = await prepareWork({
      play: scripted(PLAYS, PLAYED),
    });
    cloud.uploadsAreRefused = true;
    const first = start();
    run('t-1', 'play');
    await started('t-1');
    await until('a refused upload', () => first.output().includes('cannot bring an output'), agents);
    await first.stop('SIGKILL');
    cloud.uploadsAreRefused = false;

    start();
    expect(await conclusionOf('t-1')).toMatchObject({
      state: 'succeeded',
      evidence: { gamesPlayed: 3 },
      outputs: [sha256(`games of ${workIdOf('t-1')}`)],
    });
    expect(statesOf('t-1')).toEqual(['started', 'succeeded']);
  }, 60_000);

  it('tells the conclusion that the queue did not take, and that it had started before it', async () => {
    const { cloud, agents, start, run, conclusionOf, statesOf, jobs, lastHeartbeat, resultOf } =
      await prepareWork({
        play: scripted(PLAYS),
      });
    const first = start();
    await until('a heartbeat', lastHeartbeat, agents);
    cloud.reportsAreRefused = true;
    run('t-1', 'play');
    await until('the end', () => first.output().includes('work ended'), agents);
    await first.stop('SIGKILL');
    expect(statesOf('t-1')).toEqual([]);
    cloud.reportsAreRefused = false;

    const second = start();
    expect(await conclusionOf('t-1')).toMatchObject({ state: 'succeeded', evidence: { gamesPlayed: 3 } });
    expect(statesOf('t-1')).toEqual(['started', 'succeeded']);
    await until('an empty folder', () => readdirSync(jobs).length === 0, agents);
    await resultOf('c-t-1');

    await second.stop('SIGKILL');
    start();
    run('t-2', 'play');
    await conclusionOf('t-2');
    expect(statesOf('t-1')).toEqual(['started', 'succeeded']);
  }, 60_000);
});

describe('an agent that is told to stop while it has work', () => {
  it('asks its jobs to end, ends them, and gives them back before it goes', async () => {
    const { start, run, started, statesOf, fileOf, work } = await prepareWork({
      stubborn: scripted(`process.on('SIGTERM', () => {}); ${SLEEPS}`),
      polite: scripted(SLEEPS),
    });
    const agent = start();
    run('t-1', 'stubborn');
    run('t-2', 'polite');
    await Promise.all([started('t-1'), started('t-2')]);
    const pids = [await fileOf('t-1', 'pid'), await fileOf('t-2', 'pid')].map(Number);
    expect(await agent.stop('SIGTERM')).toBe(0);
    expect(pids.map(isAlive)).toEqual([false, false]);
    for (const token of ['t-1', 't-2']) expect(statesOf(token)).toEqual(['started', 'released']);
    expect(work().filter(({ state }) => state === 'released')).toMatchObject([
      { reason: 'sigterm' },
      { reason: 'sigterm' },
    ]);
  }, 60_000);

  it('keeps what ended well and is not in the store yet for its next start', async () => {
    const { cloud, agents, start, run, conclusionOf, statesOf } = await prepareWork({
      play: scripted(PLAYS, PLAYED),
    });
    cloud.uploadsAreRefused = true;
    const first = start();
    run('t-1', 'play');
    await until('a refused upload', () => first.output().includes('cannot bring an output'), agents);
    await first.stop('SIGTERM');
    expect(statesOf('t-1')).toEqual(['started']);
    cloud.uploadsAreRefused = false;
    start();
    expect(await conclusionOf('t-1')).toMatchObject({ state: 'succeeded' });
  }, 60_000);
});

describe('an agent that drains while it has work', () => {
  it('waits for it, starts nothing new, and acknowledges when the queue has its last report', async () => {
    const { cloud, start, run, send, started, conclusionOf, resultOf } = await prepareWork({
      slow: scripted(`setTimeout(() => { ${PLAYS} }, 2000)`, PLAYED),
    });
    start();
    run('t-1', 'slow');
    await started('t-1');
    send('c-drain', drain('finish'));
    run('t-2', 'slow');
    expect(await conclusionOf('t-1')).toMatchObject({ state: 'succeeded' });
    expect(await resultOf('c-drain')).toMatchObject({ outcome: 'succeeded', drain: { epoch: 1 } });
    const order = cloud.reports.flatMap((report) =>
      report.type === 'work'
        ? [`${report.work.token} ${report.work.state}`]
        : report.type === 'command-result'
          ? [report.result.commandId]
          : [],
    );
    expect(order.indexOf('t-1 succeeded')).toBeLessThan(order.indexOf('c-drain'));
    // It came with the drain or after it.
    const second = await conclusionOf('t-2');
    if (second.state === 'released') expect(second.reason).toBe('draining');
    else expect(order.indexOf('t-2 succeeded')).toBeLessThan(order.indexOf('c-drain'));
    run('t-3', 'slow');
    expect(await conclusionOf('t-3')).toMatchObject({ state: 'released', reason: 'draining' });
  }, 60_000);

  it('gives it back where that is asked for, but brings away what has ended', async () => {
    const { cloud, agents, start, run, send, started, conclusionOf, resultOf, statesOf, fileOf } =
      await prepareWork({
        job: scripted(SLEEPS),
        play: scripted(PLAYS, PLAYED),
      });
    cloud.uploadsAreRefused = true;
    const agent = start();
    run('t-1', 'job');
    run('t-2', 'play');
    await Promise.all([started('t-1'), started('t-2')]);
    const pid = Number(await fileOf('t-1', 'pid'));
    await until('a refused upload', () => agent.output().includes('cannot bring an output'), agents);
    send('c-drain', drain('release'));
    expect(await conclusionOf('t-1')).toMatchObject({ state: 'released', reason: 'draining' });
    expect(isAlive(pid)).toBe(false);
    expect(statesOf('t-2')).toEqual(['started']);
    expect(cloud.results().map(({ commandId }) => commandId)).not.toContain('c-drain');
    cloud.uploadsAreRefused = false;
    expect(await conclusionOf('t-2')).toMatchObject({ state: 'succeeded' });
    expect(await resultOf('c-drain')).toMatchObject({ outcome: 'succeeded' });
  }, 60_000);
});
