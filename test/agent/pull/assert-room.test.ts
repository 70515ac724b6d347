import fs from 'node:fs/promises';
import { syncBuiltinESMExports } from 'node:module';
import { afterAll, describe, expect, it } from 'vitest';
import { assertRoom } from '../../../agent/pull/assert-room.ts';

const BLOCKS = 1_000_000;
const BLOCK_BYTES = 4096;
const { statfs } = fs;

/** The system call is the outermost edge. */
const disk = (usedPercent: number): void => {
  const free = Math.round(BLOCKS * (1 - usedPercent / 100));
  Object.assign(fs, {
    statfs: async () => ({ bsize: BLOCK_BYTES, blocks: BLOCKS, bfree: free, bavail: free }),
  });
  syncBuiltinESMExports();
};
afterAll(() => {
  Object.assign(fs, { statfs });
  syncBuiltinESMExports();
});

describe('assertRoom', () => {
  it.each([
    [92.9, true, true],
    [93, false, true],
    [95.9, false, true],
    [96, false, false],
  ])('at %s %%: a pull may begin %s, and go on %s', async (usedPercent, mayBegin, mayGoOn) => {
    disk(usedPercent);
    const allows = async (use: 'begin-pull' | 'go-on-pulling') =>
      await assertRoom('/', use, 0).then(
        () => true,
        () => false,
      );
    expect([await allows('begin-pull'), await allows('go-on-pulling')]).toEqual([mayBegin, mayGoOn]);
  });

  it('keeps a reserve beyond the file, and says how to mend it', async () => {
    disk(90);
    const free = BLOCKS * BLOCK_BYTES * 0.1;
    const reserve = 64 * 1024 * 1024;
    await assertRoom('/', 'begin-pull', free - reserve);
    await expect(assertRoom('/', 'begin-pull', free - reserve + 1)).rejects.toMatchObject({
      failureClass: 'no-space',
      message: expect.stringContaining('make room'),
    });
  });
});
