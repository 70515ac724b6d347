import { join } from 'node:path';
import { describe, expect, it, onTestFinished, vi } from 'vitest';
import { startJob } from '../../../agent/work/start-job.ts';
import { temporaryFolder } from '../temporary-folder.ts';

const start = async (vector: readonly [string, ...string[]], timeLimitSeconds = 60, stuckSeconds = 60) => {
  const folder = temporaryFolder();
  const started = await startJob(
    {
      vector,
      workingFolder: folder,
      environment: { PATH: process.env['PATH'] ?? '' },
      log: join(folder, 'log'),
      timeLimitSeconds,
    },
    stuckSeconds,
  );
  if ('kind' in started) throw new Error(started.message);
  return started;
};

describe('startJob', () => {
  it.each([
    [['/bin/true'], { kind: 'exited', code: 0 }],
    [['/bin/sh', '-c', 'exit 7'], { kind: 'exited', code: 7 }],
    [['/bin/sh', '-c', 'kill -9 $$'], { kind: 'killed', signal: 'SIGKILL' }],
  ] as const)('says how %j ended', async (vector, end) => {
    const { ended, stop } = await start(vector);
    expect(await ended).toEqual(end);
    expect(stop(1)).toBe(false);
  });

  it('is not stopped by a time limit that is longer than a timer can wait', async () => {
    const { ended } = await start(['/bin/sleep', '0.3'], 30 * 86_400);
    expect(await ended).toEqual({ kind: 'exited', code: 0 });
  });

  it('waits no longer for a program that the system cannot end, and knows that it is still there', async () => {
    const { ended, gone, stop, pid } = await start(['/bin/sleep', '60'], 60, 0.1);
    const kill = process.kill.bind(process);
    // As when it waits for a broken driver.
    const ignored = vi.spyOn(process, 'kill').mockReturnValue(true);
    onTestFinished(() => ignored.mockRestore());
    expect(stop(0.1)).toBe(true);
    expect(await ended).toMatchObject({ kind: 'killed', signal: expect.stringContaining('did not end it') });
    const isGone = await Promise.race([
      gone.then(() => true),
      new Promise((resolve) => setTimeout(() => resolve(false), 100)),
    ]);
    expect(isGone).toBe(false);
    ignored.mockRestore();
    kill(-pid, 'SIGKILL');
    await gone;
  });
});
