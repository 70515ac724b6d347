import { describe, expect, it } from 'vitest';
import type { Command } from '../../lib/commands/command.ts';
import type { FailureClass } from '../../lib/commands/command-result.ts';
import type { CommandRecord } from '../../lib/commands/command-store.ts';
import { decideFollow, followDelaySeconds } from '../../lib/distribution/decide-follow.ts';
import { addSeconds, toTimestamp } from '../../lib/time.ts';
import { nodeIdOf, policy, START } from './fixtures.ts';

const at = (seconds: number): Date => addSeconds(START, seconds);
const command: Command = {
  schemaVersion: 1,
  commandId: 'c-1',
  nodeId: nodeIdOf(1),
  attempt: 1,
  issuedAt: toTimestamp(START),
  deadlineAt: toTimestamp(at(120)),
  type: 'delete',
  artifactId: 'a'.repeat(64),
  path: 'models/m/1/m.pth',
};
const open: CommandRecord = { command, status: 'issued', issuedAt: command.issuedAt };
const failed = (failureClass: FailureClass): CommandRecord => ({
  ...open,
  status: 'failed',
  answeredAt: toTimestamp(at(10)),
  failure: { class: failureClass, message: 'no' },
});

describe('decideFollow', () => {
  it.each<[string, CommandRecord | undefined, number, number, string, string]>([
    ['nobody was told', undefined, 0, 0, 'send', 'first-round'],
    ['it was done', { ...open, status: 'succeeded' }, 1, 9999, 'stop', 'followed'],
    ['the answer may come', open, 1, 149, 'wait', 'open'],
    ['no answer came, a moment ago', open, 1, 150, 'wait', 'too-soon'],
    ['no answer came', open, 1, 180, 'send', 'next-round'],
    ['the disk failed a moment ago', failed('io-error'), 1, 39.999, 'wait', 'too-soon'],
    ['the disk failed', failed('io-error'), 1, 40, 'send', 'next-round'],
    ['the deadline passed on the node', failed('deadline-passed'), 2, 70, 'send', 'next-round'],
    ['the copy was gone, and there is one now', failed('checksum-mismatch'), 1, 40, 'send', 'next-round'],
    ['the agent refuses the path', failed('path-refused'), 1, 9999, 'stop', 'cannot-be-mended'],
    ['the agent does not know it', failed('unknown-command'), 1, 9999, 'stop', 'cannot-be-mended'],
  ])('when %s', (_what, last, rounds, seconds, action, reason) => {
    expect(decideFollow({ rounds, last }, policy, at(seconds))).toMatchObject({ action, reason });
  });

  it('waits as the policy says, then twice as long each time, at most an hour', () => {
    const delays = [1, 2, 3, 4, 5, 6, 7, 8, 9, 50].map((rounds) => followDelaySeconds(rounds, policy));
    expect(delays).toEqual([30, 60, 120, 240, 480, 960, 1920, 3600, 3600, 3600]);
  });
});
