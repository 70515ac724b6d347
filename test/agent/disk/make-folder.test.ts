import { existsSync, statSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { makeFolder } from '../../../agent/disk/make-folder.ts';
import { temporaryFolder } from '../temporary-folder.ts';

describe('makeFolder', () => {
  it('makes the folder and what lies above it, as often as it is asked', async () => {
    const path = join(temporaryFolder(), 'a', 'b', 'c');

    await makeFolder(path, 0o700);
    await makeFolder(path, 0o700);

    expect(statSync(path).mode & 0o777).toBe(0o700);
  });

  it('follows a link to a folder', async () => {
    const root = temporaryFolder();
    symlinkSync(temporaryFolder(), join(root, 'link'));

    await makeFolder(join(root, 'link', 'inside'));

    expect(existsSync(join(root, 'link', 'inside'))).toBe(true);
  });

  it.each([
    { name: 'a file is in the way', path: (root: string) => join(root, 'file'), code: 'EEXIST' },
    { name: 'a file is above', path: (root: string) => join(root, 'file', 'x'), code: 'ENOTDIR' },
    { name: 'a link leads nowhere', path: (root: string) => join(root, 'nowhere', 'x'), code: 'EEXIST' },
  ])('fails when $name', async ({ path, code }) => {
    const root = temporaryFolder();
    writeFileSync(join(root, 'file'), '');
    symlinkSync(join(root, 'gone'), join(root, 'nowhere'));

    await expect(makeFolder(path(root))).rejects.toMatchObject({ code });
  });
});
