import { createHash } from 'node:crypto';
import { appendFileSync, mkdirSync, renameSync, symlinkSync, utimesSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { setImmediate } from 'node:timers/promises';
import { describe, expect, it } from 'vitest';
import { HashCache } from '../../../agent/inventory/hash-cache.ts';
import { scanFiles } from '../../../agent/inventory/scan-files.ts';
import { failToRead } from '../disk/disk-faults.ts';
import { temporaryFolder } from '../temporary-folder.ts';

const sha256 = (text: string): string => createHash('sha256').update(text).digest('hex');
const never = new AbortController().signal;
const nothingIgnored = {
  isIgnored: () => false,
  stored: { has: () => false, hasSize: () => false },
};

const prepare = () => {
  const root = temporaryFolder();
  mkdirSync(join(root, '.drover'));
  mkdirSync(join(root, 'models/a/1'), { recursive: true });
  const file = join(root, 'models/a/1/m.pth');
  writeFileSync(file, 'first');
  const cache = new HashCache(root, join(root, '.drover/hash-cache.json'));
  return { root, file, cache, scan: () => scanFiles(root, cache, nothingIgnored, never) };
};

describe('scanFiles', () => {
  it('lists plain files only: no symlink, no unfinished file, nothing of its own', async () => {
    const { root, scan } = prepare();
    symlinkSync('1', join(root, 'models/a/current'));
    writeFileSync(join(root, '.drover/identity.json'), 'secret');
    writeFileSync(join(root, 'fleet-health.json'), '{}');
    writeFileSync(join(root, 'models/a/1/.m.pth.0a1b2c3d.partial'), 'half');
    writeFileSync(join(root, 'models/a/1/.m.pth.0a1b2c3d.partial.json'), '{}');

    expect(await scan()).toMatchObject({
      entries: [{ artifactId: sha256('first'), bytes: 5, path: 'models/a/1/m.pth' }],
      unsettled: [],
    });
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

    expect((await scan()).entries[0]?.artifactId).toBe(sha256('secnd'));
  });

  it('does not hash again what did not change, also after a restart', async () => {
    const { root, cache, scan } = prepare();
    await cache.remember('models/a/1/m.pth', 'f'.repeat(64));
    await scan();
    await cache.keepOnly(() => true);
    const reloaded = new HashCache(root, join(root, '.drover/hash-cache.json'));
    await reloaded.load();

    expect((await scanFiles(root, reloaded, nothingIgnored, never)).entries[0]?.artifactId).toBe(
      'f'.repeat(64),
    );
  });

  it('counts a file that is written while it is hashed, and lists it once it rests', async () => {
    const { root, scan } = prepare();
    const growing = join(root, 'models/a/1/growing.pth');
    writeFileSync(growing, Buffer.alloc(8 * 1024 * 1024));
    let isWriting = true;
    const writer = (async () => {
      while (isWriting) {
        appendFileSync(growing, 'more');
        await setImmediate();
      }
    })();
    const during = await scan();
    isWriting = false;
    await writer;
    expect(during).toMatchObject({
      unsettled: ['models/a/1/growing.pth'],
      entries: [{ path: 'models/a/1/m.pth' }],
    });
    const after = await scan();
    expect(after.unsettled).toEqual([]);
    expect(after.entries.map(({ path }) => path).sort()).toEqual([
      'models/a/1/growing.pth',
      'models/a/1/m.pth',
    ]);
  });

  it('leaves out what is empty: nothing of it could be lost', async () => {
    const { root, scan } = prepare();
    writeFileSync(join(root, 'empty.lock'), '');
    expect((await scan()).entries.map(({ path }) => path)).toEqual(['models/a/1/m.pth']);
  });

  it('leaves out an ignored file, unless it is a known artifact', async () => {
    const { root, cache } = prepare();
    writeFileSync(join(root, 'train.log'), 'lines');
    const isIgnored = (): boolean => true;
    const scanWith = async (stored: string) => {
      const known = { has: (id: string) => id === sha256(stored), hasSize: (bytes: number) => bytes === 5 };
      const { entries } = await scanFiles(root, cache, { isIgnored, stored: known }, never);
      return entries.map(({ path }) => path);
    };
    expect(await scanWith('first')).toEqual(['models/a/1/m.pth']);
    expect(await scanWith('other')).toEqual([]);
  });

  it.each(['EIO', 'Unknown system error -117', 'EACCES'])(
    'tells of everything else when one file cannot be read (%s), which counts as unsettled and not as held',
    async (code) => {
      const { root, file, scan } = prepare();
      writeFileSync(join(root, 'other'), 'other');
      failToRead(file, code);
      expect(await scan()).toMatchObject({
        entries: [{ path: 'other' }],
        unsettled: ['models/a/1/m.pth'],
      });
    },
  );

  it('takes what rotted for no new file: it is unsettled, or nothing when the store has what it was', async () => {
    const { root, file, cache, scan } = prepare();
    await scan();
    await cache.condemn('models/a/1/m.pth');
    expect(await scan()).toMatchObject({ entries: [], unsettled: ['models/a/1/m.pth'] });
    expect(await cache.findCopy(sha256('first'), 5)).toBeUndefined();
    const stored = { has: (id: string) => id === sha256('first'), hasSize: () => true };
    const rules = { isIgnored: () => false, stored };
    expect(await scanFiles(root, cache, rules, never)).toMatchObject({ entries: [], unsettled: [] });

    writeFileSync(file, 'written anew');
    expect(await scan()).toMatchObject({ entries: [{ artifactId: sha256('written anew') }], unsettled: [] });
  });

  it('fails as a whole when a folder cannot be listed: a part is not a list', async () => {
    const { cache } = prepare();
    await expect(scanFiles('/nowhere/at/all', cache, nothingIgnored, never)).rejects.toThrow(/ENOENT/);
  });
});
