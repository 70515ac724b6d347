import { describe, expect, it } from 'vitest';
import { createLog } from '../../agent/log.ts';

describe('createLog', () => {
  it('writes JSON lines from its level on, without secrets at any depth, and errors with their causes', () => {
    const lines: string[] = [];
    const log = createLog(
      'info',
      (line) => lines.push(line),
      () => new Date('2026-11-20T10:00:00.000Z'),
    );
    log.debug('unseen');
    log.info('seen', {
      nodeSecret: 'abc',
      deep: { joinToken: 'abc' },
      error: new Error('a', { cause: new Error('b') }),
    });
    expect(lines.map((line) => JSON.parse(line))).toEqual([
      {
        at: '2026-11-20T10:00:00.000Z',
        level: 'info',
        message: 'seen',
        nodeSecret: '[redacted]',
        deep: { joinToken: '[redacted]' },
        error: 'a: b',
      },
    ]);
  });

  it("keeps the line's own time, level and message, whatever fields are called", () => {
    const lines: string[] = [];
    const log = createLog(
      'info',
      (line) => lines.push(line),
      () => new Date('2026-11-20T10:00:00.000Z'),
    );
    log.warn('a range broke off', { at: 5, level: 'x', message: 'y' });
    expect(JSON.parse(lines[0] ?? '')).toEqual({
      at: '2026-11-20T10:00:00.000Z',
      level: 'warn',
      message: 'a range broke off',
    });
  });
});
