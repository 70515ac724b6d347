import { describe, expect, it } from 'vitest';
import { decideFlush, type FlushPolicy } from '../../../agent/sync/decide-flush.ts';

const NOW = new Date('2026-01-01T00:10:00.000Z');
const ago = (seconds: number): string => new Date(NOW.getTime() - seconds * 1000).toISOString();
const hybrid: FlushPolicy = { strategy: 'hybrid', batchBytes: 1000, batchSeconds: 60 };
const ephemeral: FlushPolicy = { ...hybrid, strategy: 'ephemeral' };

describe('decideFlush', () => {
  it.each([
    ['nothing, on an ephemeral node', ephemeral, 0, 0, undefined, 'wait', 'nothing-waits'],
    ['one byte, on an ephemeral node', ephemeral, 1, 1, ago(0), 'flush', 'ephemeral-node'],
    ['less than a batch', hybrid, 500, 999, ago(59.9), 'wait', 'batch-fills'],
    ['a batch by its bytes, however few files [sync#L15]', hybrid, 1, 1000, ago(0), 'flush', 'batch-full'],
    ['a batch by its age, however small', hybrid, 1, 1, ago(60), 'flush', 'batch-old'],
    ['lines of a clock that was set back', hybrid, 1, 1, ago(-60), 'flush', 'batch-old'],
  ] as const)('%s', (_name, policy, count, bytes, oldestPutAt, action, reason) => {
    expect(decideFlush({ count, bytes, oldestPutAt }, policy, NOW)).toMatchObject({ action, reason });
  });

  it('says when a batch will be old enough', () => {
    const waiting = { count: 1, bytes: 1, oldestPutAt: ago(15) };
    expect(decideFlush(waiting, hybrid, NOW).waitSeconds).toBe(45);
  });
});
