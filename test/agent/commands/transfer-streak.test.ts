import { describe, expect, it } from 'vitest';
import { CommandFailure } from '../../../agent/commands/command-failure.ts';
import { TransferStreak } from '../../../agent/commands/transfer-streak.ts';
import type { FailureClass } from '../../../lib/commands/command-result.ts';

const going = new AbortController().signal;
const failing = (failureClass: FailureClass) => async () => {
  throw new CommandFailure(failureClass, 'it failed');
};

describe('TransferStreak', () => {
  it('counts failures in a row, until one works', async () => {
    const streak = new TransferStreak();
    await expect(streak.run(going, failing('stalled'))).rejects.toThrow();
    await expect(streak.run(going, failing('io-error'))).rejects.toThrow();
    expect(streak.failures).toBe(2);
    await streak.run(going, async () => undefined);
    expect(streak.failures).toBe(0);
  });

  it.each<FailureClass>(['draining', 'path-refused', 'not-found', 'too-small', 'invalid-command'])(
    'does not count %s: it says nothing about transfers',
    async (failureClass) => {
      const streak = new TransferStreak();
      await expect(streak.run(going, failing(failureClass))).rejects.toThrow();
      expect(streak.failures).toBe(0);
    },
  );

  it('counts a passed deadline, and not a stop of the agent', async () => {
    const streak = new TransferStreak();
    const stopped = AbortSignal.abort(new Error('the agent stops'));
    await expect(streak.run(stopped, failing('stalled'))).rejects.toThrow();
    expect(streak.failures).toBe(0);
    const late = AbortSignal.abort(new CommandFailure('deadline-passed', 'late'));
    await expect(streak.run(late, failing('stalled'))).rejects.toThrow();
    expect(streak.failures).toBe(1);
  });
});
