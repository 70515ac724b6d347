import { describe, expect, it } from 'vitest';
import { describeFailure, NotConnectedError, UsageError } from '../../cli/exit.ts';
import { InvariantError, PermanentError, TransientError } from '../../lib/errors.ts';

const named = (name: string, message = 'x'): Error => Object.assign(new Error(message), { name });

describe('describeFailure', () => {
  it.each([
    ['a usage error', new UsageError('x'), 2, 'usage'],
    ['no installation', new NotConnectedError('x'), 3, 'not-connected'],
    ['access denied', named('AccessDeniedException'), 3, 'not-connected'],
    [
      'access denied inside another error',
      new TransientError('x', { cause: named('AccessDenied') }),
      3,
      'not-connected',
    ],
    [
      'a refused connection',
      Object.assign(new Error('connect'), { code: 'ECONNREFUSED' }),
      3,
      'not-connected',
    ],
    [
      'a refused connection on both addresses',
      new AggregateError([Object.assign(new Error('::1'), { code: 'ECONNREFUSED' })]),
      3,
      'not-connected',
    ],
    ['a missing table', named('ResourceNotFoundException'), 3, 'not-connected'],
    ['a refusal', new PermanentError('x'), 1, 'failed'],
    ['a failure that can pass', new TransientError('x'), 1, 'failed'],
    ['a bug', new InvariantError('x'), 4, 'unexpected'],
    ['a thrown string', 'x', 4, 'unexpected'],
  ])('answers %s', (_title, error, exitCode, code) => {
    expect(describeFailure(error)).toMatchObject({ exitCode, code });
  });

  it('keeps the message on one line', () => {
    expect(describeFailure(new PermanentError('a\n  b')).message).toBe('a; b');
  });
});
