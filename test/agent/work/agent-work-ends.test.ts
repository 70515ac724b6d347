import { createHash } from 'node:crypto';
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { until } from '../agent-process.ts';
import { isAlive, PLAYED, PLAYS, prepareWork, SLEEPS, scripted } from './work-fixture.ts';

/** A child of the program that ignores the request to end, in the group of the program. */
const WITH_STUBBORN_CHILD = `
  const { spawn } = require('node:child_process');
  const script = "process.on('SIGTERM', () => {}); require('node:fs').writeFileSync('child', String(process.pid)); setInterval(() => {}, 1000)";
  spawn(process.execPath, ['-e', script], { stdio: 'ignore' });
`;

const AGENT = join(import.meta.dirname, '..', '..', '..', 'agent', 'main.ts');

describe('how an agent judges the end of a job', () => {
  it.each([
    ['a failing exit code', 'process.exit(3)', 'transient', { exitCode: 3 }],
    ['an exit code that the template calls permanent', 'process.exit(4)', 'permanent', { exitCode: 4 }],
    ['a signal', "process.kill(process.pid, 'SIGKILL')", 'transient', { message: 'ended by SIGKILL' }],
    [
      'no result',
      '',
      'evidence-missing',
      { message: expect.stringContaining('wrote no result file'), exitCode: 0 },
    ],
    [
      'a result without enough games',
      "require('node:fs').writeFileSync(process.env.DROVER_RESULT, '{\"gamesPlayed\": 0}')",
      'evidence-missing',
      { message: 'gamesPlayed must be at least 1; the result says 0' },
    ],
    [
      'half a result',
      "require('node:fs').writeFileSync(process.env.DROVER_RESULT, '{\"gamesPlayed\": ')",
      'evidence-missing',
      { message: 'the result file is no JSON' },
    ],
    [
      'a result that is no list of facts',
      "require('node:fs').writeFileSync(process.env.DROVER_RESULT, '{\"gamesPlayed\": [1]}')",
      'evidence-missing',
      { message: expect.stringContaining('gamesPlayed') },
    ],
    [
      'a result that is too large',
      "require('node:fs').writeFileSync(process.env.DROVER_RESULT, JSON.stringify({ a: 'x'.repeat(70000) }))",
      'evidence-missing',
      { message: expect.stringContaining('at most 65536') },
    ],
    [
      'a pipe in the place of the result',
      "require('node:child_process').execFileSync('mkfifo', [process.env.DROVER_RESULT])",
      'evidence-missing',
      { message: expect.stringContaining('no plain file') },
    ],
    [
      'no output',
      "require('node:fs').writeFileSync(process.env.DROVER_RESULT, '{\"gamesPlayed\": 1}')",
      'evidence-missing',
      { message: expect.stringContaining('0 files match the output *.npz') },
    ],
    [
      'an empty output',
      "require('node:fs').writeFileSync('a.npz', ''); require('node:fs').writeFileSync(process.env.DROVER_RESULT, '{\"gamesPlayed\": 1}')",
      'evidence-missing',
      { message: expect.stringContaining('empty files do not count') },
    ],
  ])('fails with %s [events#5-10]', async (_what, script, failureClass, more) => {
    const { start, run, conclusionOf } = await prepareWork({
      job: scripted(script, { ...PLAYED, permanentExitCodes: [4] }),
    });
    start();
    run('t-1', 'job');
    expect(await conclusionOf('t-1')).toMatchObject({ state: 'failed', failureClass, ...more });
  });

  it.each([
    ['is not there', { command: ['/no/such/program'] }, 'could not be started'],
    ['may not be run', { command: ['/etc/passwd'] }, 'could not be started'],
    ['has no folder', { command: ['/bin/true'], workingFolder: '/no/such/folder' }, 'is not there'],
  ])('fails for good when the program %s', async (_what, fields, message) => {
    const { start, run, conclusionOf, statesOf } = await prepareWork({ job: { jobType: 'x', ...fields } });
    start();
    run('t-1', 'job');
    expect(await conclusionOf('t-1')).toMatchObject({
      state: 'failed',
      failureClass: 'permanent',
      message: expect.stringContaining(message),
    });
    expect(statesOf('t-1')).toEqual(['failed']);
  });

  it('ends a program at its time limit with all that it started, also what ignores the request', async () => {
    const { start, run, conclusionOf, fileOf } = await prepareWork({
      job: scripted(`${WITH_STUBBORN_CHILD} process.on('SIGTERM', () => {}); ${SLEEPS}`, {
        timeLimitSeconds: 2,
      }),
    });
    start();
    run('t-1', 'job');
    const pids = [await fileOf('t-1', 'pid'), await fileOf('t-1', 'child')].map(Number);
    expect(await conclusionOf('t-1')).toMatchObject({
      state: 'failed',
      failureClass: 'timeout',
      durationSeconds: expect.any(Number),
    });
    for (const pid of pids) expect(isAlive(pid)).toBe(false);
  }, 60_000);

  it('ends what a program leaves behind', async () => {
    const { start, run, conclusionOf, fileOf, agents } = await prepareWork({
      job: scripted(
        `${WITH_STUBBORN_CHILD} const wait = () => require('node:fs').existsSync('child') ? process.exit(1) : setTimeout(wait, 20); wait();`,
      ),
    });
    start();
    run('t-1', 'job');
    expect(await conclusionOf('t-1')).toMatchObject({ state: 'failed' });
    const child = Number(await fileOf('t-1', 'child'));
    await until('the end of the child', () => !isAlive(child), agents);
  });

  it('keeps all that a program prints, and tells the end of it', async () => {
    const { start, run, conclusionOf, fileOf } = await prepareWork({
      job: scripted(`
        const line = 'x'.repeat(99);
        const { writeSync } = require('node:fs');
        for (let i = 0; i < 100000; i += 1) writeSync(i % 2 + 1, i === 99999 ? 'the \\u0000 end \\u001b[0m' : line + '\\n');
        process.exit(1);
      `),
    });
    start();
    run('t-1', 'job');
    const conclusion = await conclusionOf('t-1');
    const tail = 'logTail' in conclusion ? (conclusion.logTail ?? '') : '';
    expect(tail.length).toBeGreaterThan(65_000);
    expect(tail.length).toBeLessThanOrEqual(65_536);
    expect(tail.startsWith('xxx')).toBe(true);
    expect(tail.endsWith('the ? end ?[0m')).toBe(true);
    expect((await fileOf('t-1', 'log')).length).toBeGreaterThan(9_900_000);
  }, 60_000);

  it('gives a program what its template says of the environment, and no secret', async () => {
    const { start, run, fileOf, root, jobs, workIdOf } = await prepareWork({
      job: scripted("require('node:fs').writeFileSync('env', JSON.stringify(process.env)); process.exit(1)", {
        environment: { MODE: 'fast' },
        passEnvironment: ['PASSED', 'DROVER_JOIN_TOKEN', 'AWS_ENDPOINT_URL', 'AWS_SECRET_ACCESS_KEY'],
      }),
    });
    start({ PASSED: 'yes', NOT_PASSED: 'no', AWS_SECRET_ACCESS_KEY: 'very-secret', TZ: 'UTC' });
    run('t-1', 'job', { campaignId: 'hex8' });
    const environment = JSON.parse(await fileOf('t-1', 'env'));
    expect(environment).toEqual({
      PATH: process.env['PATH'],
      TZ: 'UTC',
      MODE: 'fast',
      PASSED: 'yes',
      CUDA_DEVICE_ORDER: 'PCI_BUS_ID',
      CUDA_VISIBLE_DEVICES: '',
      DROVER_DATA: root,
      DROVER_WORK_ID: workIdOf('t-1'),
      DROVER_CAMPAIGN: 'hex8',
      DROVER_JOB_FOLDER: expect.stringContaining(jobs),
      DROVER_RESULT: expect.stringMatching(/\/result\.json$/),
    });
  });

  it('takes what a program puts from its folder, and brings it into the store although the program fails', async () => {
    const { agents, cloud, start, run, conclusionOf, fileOf } = await prepareWork({
      job: scripted(`
        const { execFileSync } = require('node:child_process');
        require('node:fs').writeFileSync('step-1.pt', 'a checkpoint');
        const put = ['put', 'step-1.pt', '--kind', 'checkpoint', '--name', 'hex8'];
        const said = execFileSync(process.execPath, [${JSON.stringify(AGENT)}, ...put], { encoding: 'utf8' });
        require('node:fs').writeFileSync('said', said);
        process.exit(1);
      `),
    });
    start({ DROVER_EPHEMERAL: '1' });
    run('t-1', 'job');
    expect(await fileOf('t-1', 'said')).toBe('taken: 1 file, 12 bytes\n');
    expect((await conclusionOf('t-1')).state).toBe('failed');
    const key = `artifacts/${createHash('sha256').update('a checkpoint').digest('hex')}`;
    await until('the checkpoint', () => cloud.objects.has(key), agents);
  }, 30_000);

  it('brings outputs into the store however long the store does not take them, and holds the lease meanwhile', async () => {
    const { cloud, agents, start, run, conclusionOf, statesOf, lastHeartbeat, started } = await prepareWork({
      play: scripted(PLAYS, PLAYED),
    });
    cloud.uploadsAreRefused = true;
    const agent = start();
    run('t-1', 'play');
    await started('t-1');
    await until('a refused upload', () => agent.output().includes('cannot bring an output'), agents);
    await until('a heartbeat that holds the lease', () => lastHeartbeat()?.work?.length === 1, agents);
    expect(statesOf('t-1')).toEqual(['started']);
    cloud.uploadsAreRefused = false;
    expect(await conclusionOf('t-1')).toMatchObject({ state: 'succeeded' });
  }, 60_000);

  it('never reads a job folder as data that is not safe', async () => {
    const { start, run, conclusionOf, jobs, reportsOf, agents } = await prepareWork({
      job: scripted("require('node:fs').writeFileSync('half.npz', 'half'); process.exit(1)"),
    });
    start({ DROVER_INVENTORY_SECONDS: '0.5' });
    run('t-1', 'job');
    await conclusionOf('t-1');
    expect(existsSync(jobs)).toBe(true);
    const seen = reportsOf('inventory').length;
    await until('an inventory', () => reportsOf('inventory').length > seen || seen > 0, agents);
    expect(reportsOf('inventory').at(-1)?.inventory).toMatchObject({ count: 0 });
  });
});
