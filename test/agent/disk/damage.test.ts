import { describe, expect, it } from 'vitest';
import { isDamage } from '../../../agent/disk/damage.ts';
import { FollowingHash } from '../../../agent/disk/hash-worker.ts';
import { TransientError } from '../../../lib/errors.ts';
import { temporaryFolder } from '../temporary-folder.ts';

const withCode = (code: string): Error => Object.assign(new Error('read failed'), { code });

describe('isDamage', () => {
  it.each([
    ['a sector that cannot be read', withCode('EIO'), true],
    ['a broken file system, as Node names it', withCode('Unknown system error -117'), true],
    ['a wrong checksum, as Node names it', withCode('Unknown system error -74'), true],
    ['the cause of another error', new TransientError('cannot hash', { cause: withCode('EIO') }), true],
    ['another user’s file', withCode('EACCES'), false],
    ['a file that is gone', withCode('ENOENT'), false],
    ['a full disk', withCode('ENOSPC'), false],
    ['no error of the system', new Error('EIO'), false],
    ['no error', undefined, false],
  ])('%s', (_case, error, expected) => {
    expect(isDamage(error)).toBe(expected);
  });

  it('is known of a file that a thread of its own could not read: the error keeps its code', async () => {
    // Folders open, and cannot be read.
    const hash = new FollowingHash(temporaryFolder());
    const error = await hash.finish(10).catch((failure: unknown) => failure);
    await hash.stop();
    expect(error).toMatchObject({ name: 'TransientError', cause: { code: 'EISDIR' } });
  });
});
