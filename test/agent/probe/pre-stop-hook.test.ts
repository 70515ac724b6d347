import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { runPreStopHook } from '../../../agent/probe/pre-stop-hook.ts';
import { temporaryFolder } from '../temporary-folder.ts';

const signal = new AbortController().signal;
const run = (script: string, limitSeconds = 10) =>
  runPreStopHook(['/bin/sh', '-c', script], limitSeconds, signal);

describe('runPreStopHook', () => {
  it('runs the hook; without one there is nothing to do', async () => {
    const file = join(temporaryFolder(), 'ran');
    await run(`touch ${file}`);
    expect(existsSync(file)).toBe(true);
    await runPreStopHook(undefined, 10, signal);
  });

  it.each([
    ['fails', 'echo no database >&2; exit 4', 10, /exit code 4: no database/],
    ['takes too long', 'sleep 60', 0.2, /not done after 0.2 s/],
  ])('fails when it %s', async (_what, script, limitSeconds, message) => {
    await expect(run(script, limitSeconds)).rejects.toMatchObject({
      failureClass: 'hook-failed',
      message: expect.stringMatching(message),
    });
  });

  it('ends with the deadline of its command', async () => {
    const late = AbortSignal.timeout(100);
    await expect(runPreStopHook(['/bin/sleep', '60'], 60, late)).rejects.toThrow(/timeout/);
  });
});
