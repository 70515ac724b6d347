import { describe, expect, it } from 'vitest';
import { IdleProbe, judgeEnd } from '../../../agent/probe/idle-probe.ts';
import type { ProgramEnd } from '../../../agent/probe/run-program.ts';
import { systemTiming } from '../../../agent/wait.ts';
import { silentLog } from '../temporary-folder.ts';

const exited = (code: number, output: string): ProgramEnd => ({
  kind: 'exited',
  code,
  output,
  complaint: '',
});

describe('judgeEnd', () => {
  it.each(['idle', 'idle\n', '  idle \r\n'])('takes %j with exit code 0 for idle', (output) => {
    expect(judgeEnd(exited(0, output)).verdict).toBe('idle');
  });

  it.each<[string, ProgramEnd]>([
    ['another word', exited(0, 'busy')],
    ['more words', exited(0, 'idle since noon')],
    ['another case', exited(0, 'Idle')],
    ['nothing', exited(0, '')],
    ['a failure', exited(1, 'idle')],
    ['a time-out', { kind: 'too-long', limitSeconds: 10 }],
    ['a kill', { kind: 'killed', signal: 'SIGSEGV' }],
    ['a program that is not there', { kind: 'not-started', message: 'ENOENT' }],
    ['too much output', { kind: 'too-much-output' }],
  ])('takes %s for busy, with a detail [health-and-idle#14-1]', (_what, end) => {
    expect(judgeEnd(end)).toEqual({ verdict: 'busy', detail: expect.stringMatching(/./) });
  });
});

const prepare = (script: string, limitSeconds = 10) => {
  let now = Date.now();
  const stop = new AbortController();
  const probe = new IdleProbe({
    probe: ['/bin/sh', '-c', script],
    limitSeconds,
    everySeconds: () => 30,
    timing: { ...systemTiming, now: () => new Date(now) },
    log: silentLog,
  });
  return {
    stop,
    ask: () => probe.ask(stop.signal),
    verdict: () => probe.verdict(stop.signal),
    advance: (seconds: number): void => {
      now += seconds * 1000;
    },
  };
};

describe('IdleProbe', () => {
  it('waits for its first answer, so that a restart is not taken for use', async () => {
    const { verdict } = prepare('echo idle');
    expect((await verdict()).verdict).toBe('idle');
  });

  it('is busy when it ended before its first answer', async () => {
    const { verdict, stop } = prepare('echo idle');
    stop.abort();
    expect(await verdict()).toMatchObject({ verdict: 'busy', detail: 'the probe has not answered yet' });
  });

  it('is busy when the last answer is too old', async () => {
    const { verdict, ask, advance, stop } = prepare('echo idle');
    await ask();
    stop.abort();
    advance(70);
    expect((await verdict()).verdict).toBe('idle');
    advance(1);
    expect(await verdict()).toMatchObject({
      verdict: 'busy',
      detail: 'the last answer of the probe is 71 s old',
    });
  });

  it('keeps only the first heartbeat waiting, for its limit at most, and is busy when it hangs', async () => {
    const { verdict } = prepare('sleep 60', 0.3);
    expect(await verdict()).toMatchObject({ verdict: 'busy', detail: 'not done after 0.3 s' });
    const began = Date.now();
    await verdict();
    expect(Date.now() - began).toBeLessThan(250);
  });
});
