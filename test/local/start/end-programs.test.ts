import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { describe, expect, it, onTestFinished } from 'vitest';
import { endPrograms } from '../../../local/start/end-programs.ts';

const startProgram = async (jobFolder: string) => {
  const child = spawn('/bin/sleep', ['60'], {
    detached: true,
    stdio: 'ignore',
    env: { DROVER_JOB_FOLDER: jobFolder },
  });
  await once(child, 'spawn');
  onTestFinished(() => void child.kill('SIGKILL'));
  return child;
};

describe('endPrograms', () => {
  it('ends what jobs of this machine run, and nothing of another', async () => {
    const [own, other] = [
      await startProgram('/nodes/1/.drover/jobs/w-1'),
      await startProgram('/nodes/11/.drover/jobs/w-1'),
    ];
    const ended = once(own, 'exit');

    endPrograms('/nodes/1');

    expect((await ended)[1]).toBe('SIGKILL');
    expect(other.exitCode ?? other.signalCode).toBe(null);
  });
});
