import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { describe, expect, it, onTestFinished } from 'vitest';
import { processStart } from '../../../agent/disk/process-start.ts';
import { killLeftovers } from '../../../agent/work/job-processes.ts';
import { isAlive } from './work-fixture.ts';

/** A program in a group of its own that runs until it is ended. */
const startProgram = async (environment: Readonly<Record<string, string>> = {}): Promise<number> => {
  const child = spawn('/bin/sleep', ['60'], { detached: true, env: { ...environment }, stdio: 'ignore' });
  await once(child, 'spawn');
  const { pid = 0 } = child;
  onTestFinished(() => void child.kill('SIGKILL'));
  return pid;
};
const startedAt = '2026-11-20T10:00:00.000Z';
const soonGone = async (pid: number): Promise<void> => {
  await expect.poll(() => isAlive(pid)).toBe(false);
};

describe('killLeftovers', () => {
  it('ends the program of the journal', async () => {
    const pid = await startProgram();
    expect(await killLeftovers('/jobs/a', { pid, processStart: processStart(pid), startedAt })).toBe(true);
    await soonGone(pid);
  });

  it('leaves another program alone that has the same pid by now', async () => {
    const pid = await startProgram();
    expect(await killLeftovers('/jobs/a', { pid, processStart: '1', startedAt })).toBe(false);
    expect(isAlive(pid)).toBe(true);
  });

  it('ends a program that the agent started and did not come to note', async () => {
    const [pid, other] = [
      await startProgram({ DROVER_JOB_FOLDER: '/jobs/a' }),
      await startProgram({ DROVER_JOB_FOLDER: '/jobs/ab' }),
    ];
    expect(await killLeftovers('/jobs/a', undefined)).toBe(true);
    await soonGone(pid);
    expect(isAlive(other)).toBe(true);
    expect(await killLeftovers('/jobs/a', undefined)).toBe(false);
  });
});
