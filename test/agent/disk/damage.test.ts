import { platform } from 'node:os';
import { describe, expect, it } from 'vitest';
import { isDamage } from '../../../agent/disk/damage.ts';
import { hashFile } from '../../../agent/disk/hash-file.ts';
import { FollowingHash } from '../../../agent/disk/hash-worker.ts';
import { TransientError } from '../../../lib/errors.ts';

const withCode = (code: string): Error => Object.assign(new Error('read failed'), { code });
/** A file of Linux that opens and cannot be read: there is nothing at the address 0. */
const UNREADABLE = '/proc/self/mem';

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

  it.runIf(platform() === 'linux')(
    'is known of small files and of large ones, hashed in a thread',
    async () => {
      const small = await hashFile(UNREADABLE).catch((error: unknown) => error);
      const hash = new FollowingHash(UNREADABLE);
      const large = await hash.finish(10).catch((error: unknown) => error);
      await hash.stop();
      expect([isDamage(small), isDamage(large)]).toEqual([true, true]);
    },
  );
});
