import { createHash } from 'node:crypto';
import { mkdirSync, renameSync, symlinkSync, utimesSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { HashCache } from '../../../agent/inventory/hash-cache.ts';
import { scanFiles } from '../../../agent/inventory/scan-files.ts';
import { temporaryFolder } from '../temporary-folder.ts';

const sha256 = (text: string): string => createHash('sha256').update(text).digest('hex');
const never = new AbortController().signal;

const prepare = () => {
  const root = temporaryFolder();
  mkdirSync(join(root, '.drover'));
  mkdirSync(join(root, 'models/a/1'), { recursive: true });
  const file = join(root, 'models/a/1/m.pth');
  writeFileSync(file, 'first');
  const cache = new HashCache(root, join(root, '.drover/hash-cache.json'));
  return { root, file, cache, scan: () => scanFiles(root, cache, never) };
};

describe('scanFiles', () => {
  it('lists plain files only: no symlink, no unfinished file, nothing of its own', async () => {
    const { root, scan } = prepare();
    symlinkSync('1', join(root, 'models/a/current'));
    writeFileSync(join(root, '.drover/identity.json'), 'secret');
    writeFileSync(join(root, 'models/a/1/.m.pth.0a1b2c3d.partial'), 'half');
    writeFileSync(join(root, 'models/a/1/.m.pth.0a1b2c3d.partial.json'), '{}');

    expect(await scan()).toEqual([{ artifactId: sha256('first'), bytes: 5, path: 'models/a/1/m.pth' }]);
  });

  it('sees a file that was replaced by another of the same size and time [sync#7.5-2]', async () => {
    const { root, file, scan } = prepare();
    const time = new Date('2026-11-01T00:00:00Z');
    utimesSync(file, time, time);
    await scan();
    const other = join(root, 'other');
    writeFileSync(other, 'secnd');
    utimesSync(other, time, time);
    renameSync(other, file);

    expect((await scan())[0]?.artifactId).toBe(sha256('secnd'));
  });

  it('does not hash again what did not change, also after a restart', async () => {
    const { root, cache, scan } = prepare();
    await cache.remember('models/a/1/m.pth', 'f'.repeat(64));
    await scan();
    const reloaded = new HashCache(root, join(root, '.drover/hash-cache.json'));
    await reloaded.load();

    expect((await scanFiles(root, reloaded, never))[0]?.artifactId).toBe('f'.repeat(64));
  });

  it('fails as a whole when a folder cannot be listed: a part is not a list', async () => {
    const { cache } = prepare();
    await expect(scanFiles('/nowhere/at/all', cache, never)).rejects.toThrow(/ENOENT/);
  });
});
