import { mkdirSync, readdirSync, readFileSync } from 'node:fs';
import { truncate, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { look } from '../../../agent/inventory/hash-cache.ts';
import { holdFile, MAX_COPY_BYTES } from '../../../agent/sync/hold-file.ts';
import { failToCopy } from '../disk/disk-faults.ts';
import { temporaryFolder } from '../temporary-folder.ts';

const prepare = () => {
  const folder = temporaryFolder();
  const held = join(folder, 'held');
  mkdirSync(held);
  return { path: join(folder, 'latest.pt'), held, target: join(held, 'p-0') };
};

describe('holdFile', () => {
  it('keeps what is there from who writes into the file afterwards', async () => {
    const { path, target } = prepare();
    await writeFile(path, 'epoch 1');
    expect(await holdFile(path, target)).toEqual({ bytes: 7 });

    // As a second save does: the same file, emptied first.
    await writeFile(path, 'epoch 2, longer');
    expect(readFileSync(target, 'utf8')).toBe('epoch 1');
  });

  it('holds a large file so that either nothing can change it, or its look tells that somebody did', async () => {
    const { path, target } = prepare();
    await writeFile(path, 'x');
    await truncate(path, MAX_COPY_BYTES + 1);
    const { bytes, linked } = await holdFile(path, target);
    expect(bytes).toBe(MAX_COPY_BYTES + 1);

    await writeFile(path, 'y');
    const now = await look(target);
    // What this disk can do decides which of them it is.
    if (linked === undefined) expect(now?.bytes).toBe(bytes);
    else expect([linked.bytes, now?.bytes]).toEqual([bytes, 1]);
  });

  it('has a second name for a file on a disk that is full, and still tells how it looks', async () => {
    const { path, target } = prepare();
    await writeFile(path, 'epoch 1');
    failToCopy('ENOSPC');
    const held = await holdFile(path, target);
    const { bytes, modifiedNs, inode } = (await look(path)) ?? {};
    expect(held).toEqual({ bytes: 7, linked: { bytes, modifiedNs } });
    expect((await look(target))?.inode).toBe(inode);
  });

  it('holds nothing of an empty file, which would wait for ever', async () => {
    const { path, held, target } = prepare();
    await writeFile(path, '');
    await expect(holdFile(path, target)).rejects.toThrow('is empty: nothing to put');
    expect(readdirSync(held)).toEqual([]);
  });
});
