import { existsSync, mkdirSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { resolveInside } from '../../../agent/pull/resolve-inside.ts';
import { temporaryFolder } from '../temporary-folder.ts';

describe('resolveInside', () => {
  it.each([
    '../m.pth',
    'models/../../m.pth',
    '/etc/passwd',
    'models//m.pth',
    './m.pth',
    'models/.',
    '.drover/identity.json',
    'fleet-health.json',
    'a\\..\\b',
    'a\0b',
    `models/${'x'.repeat(300)}`,
  ])('refuses %j', async (path) => {
    await expect(resolveInside(temporaryFolder(), path)).rejects.toMatchObject({
      failureClass: 'path-refused',
    });
  });

  it('refuses symlinks on the way, at the end, and also those that stay inside', async () => {
    const root = temporaryFolder();
    const outside = temporaryFolder();
    writeFileSync(join(outside, 'file'), '');
    mkdirSync(join(root, 'models/a/1'), { recursive: true });
    symlinkSync(outside, join(root, 'escape'));
    symlinkSync(join(outside, 'file'), join(root, 'link'));
    symlinkSync('1', join(root, 'models/a/current'));

    for (const path of ['escape/m.pth', 'link', 'models/a/current/m.pth']) {
      await expect(resolveInside(root, path)).rejects.toMatchObject({ failureClass: 'path-refused' });
    }
  });

  it('refuses a folder where the file should be', async () => {
    const root = temporaryFolder();
    mkdirSync(join(root, 'models'));
    await expect(resolveInside(root, 'models')).rejects.toMatchObject({ failureClass: 'path-refused' });
  });

  it('whatever the path, the answer lies under the root', async () => {
    const root = temporaryFolder();
    await fc.assert(
      fc.asyncProperty(
        fc.array(fc.constantFrom('..', '.', 'a', 'b', '', '/', '.drover', '~', '...')),
        async (parts) => {
          const resolved = await resolveInside(root, parts.join('/')).catch(() => join(root, 'refused'));
          expect(resolved.startsWith(`${root}/`)).toBe(true);
          expect(resolved.startsWith(join(root, '.drover'))).toBe(false);
        },
      ),
    );
    expect(existsSync(join(root, 'a'))).toBe(false);
  });
});
