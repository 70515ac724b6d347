import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { describe, expect, it } from 'vitest';
import { describeEnd, runProgram } from '../../../agent/probe/run-program.ts';
import { until } from '../agent-process.ts';
import { temporaryFolder } from '../temporary-folder.ts';

const run = (script: string, limitSeconds = 10, signal = new AbortController().signal) =>
  runProgram(['/bin/sh', '-c', script], { limitSeconds, outputBytes: 1024, signal });

const isAlive = (pid: number): boolean => {
  try {
    process.kill(pid, 0);
    return !readFileSync(`/proc/${pid}/stat`, 'utf8').includes(') Z ');
  } catch {
    return false;
  }
};
const pidIn = (file: string) => async (): Promise<number> =>
  Number(await until('a pid', () => existsSync(file) && readFileSync(file, 'utf8').trim()));

describe('runProgram', () => {
  it('says how it exited and what it printed', async () => {
    expect(await run('echo idle; echo why >&2; exit 3')).toEqual({
      kind: 'exited',
      code: 3,
      output: 'idle\n',
      complaint: 'why\n',
    });
  });

  it('gives words to the program as they are: no shell reads them', async () => {
    const signal = new AbortController().signal;
    const end = await runProgram(['/bin/echo', '$(id); `id` > x'], {
      limitSeconds: 10,
      outputBytes: 1024,
      signal,
    });
    expect(end).toMatchObject({ output: '$(id); `id` > x\n' });
  });

  it('kills all that it started at the limit', async () => {
    const file = join(temporaryFolder(), 'pid');
    const ending = run(`sleep 60 & echo $! > ${file}; sleep 60`, 0.5);
    const pid = await pidIn(file)();

    expect(await ending).toEqual({ kind: 'too-long', limitSeconds: 0.5 });
    await until('the child to be gone', () => !isAlive(pid));
  });

  it('kills what it leaves behind', async () => {
    const file = join(temporaryFolder(), 'pid');
    expect(await run(`sleep 60 & echo $! > ${file}`)).toMatchObject({ kind: 'exited', code: 0 });
    const pid = await pidIn(file)();
    await until('the child to be gone', () => !isAlive(pid));
  });

  it('ends one that prints too much', async () => {
    expect(await run('yes')).toEqual({ kind: 'too-much-output' });
  });

  it('says so when it cannot be started, and when something else killed it', async () => {
    const signal = new AbortController().signal;
    const limits = { limitSeconds: 10, outputBytes: 10, signal };
    expect(await runProgram(['/nowhere/probe'], limits)).toMatchObject({ kind: 'not-started' });
    expect(await run('kill -9 $$')).toEqual({ kind: 'killed', signal: 'SIGKILL' });
  });

  it('stops with the agent', async () => {
    const stop = new AbortController();
    const ending = run('sleep 60', 60, stop.signal);
    await delay(50);
    stop.abort();
    expect(await ending).toEqual({ kind: 'stopped' });
    expect(await run('sleep 60', 60, stop.signal)).toEqual({ kind: 'stopped' });
  });
});

describe('describeEnd', () => {
  it('prefers what the program complains of', () => {
    expect(describeEnd({ kind: 'exited', code: 1, output: 'out', complaint: ' no table ' })).toBe(
      'exit code 1: no table',
    );
    expect(describeEnd({ kind: 'exited', code: 0, output: '', complaint: '' })).toBe('exit code 0');
  });
});
