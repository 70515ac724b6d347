import { existsSync, lstatSync, readFileSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { PartialFile } from '../../../agent/pull/partial-file.ts';
import { temporaryFolder } from '../temporary-folder.ts';

const artifactId = 'a'.repeat(64);
const bytes = 10;

describe('PartialFile', () => {
  it('goes on where an earlier try of the same artifact stood', async () => {
    const target = join(temporaryFolder(), 'm.pth');
    const first = new PartialFile(target, artifactId, bytes);
    const { file, frontier } = await first.open();
    expect(frontier).toBe(0);
    await file.write('01234567');
    await file.close();
    await first.save(6);
    const again = await new PartialFile(target, artifactId, bytes).open();
    expect(again.frontier).toBe(6);
    await again.file.close();
    expect(readFileSync(first.path, 'utf8')).toBe('01234567');
    const other = await new PartialFile(target, artifactId, bytes + 1).open();
    expect(other.frontier).toBe(0);
    await other.file.close();
    expect(lstatSync(first.path).size).toBe(0);
  });

  it('writes through no symlink, neither the bytes nor their state', async () => {
    const outside = join(temporaryFolder(), 'outside');
    const target = join(temporaryFolder(), 'm.pth');
    const partial = new PartialFile(target, artifactId, bytes);
    symlinkSync(outside, partial.path);
    await expect(partial.open()).rejects.toMatchObject({ code: 'ELOOP' });
    symlinkSync(outside, `${partial.path}.json.new`);
    await expect(partial.save(1)).rejects.toMatchObject({ code: 'ELOOP' });
    writeFileSync(`${partial.path}.json`, JSON.stringify({ artifactId, totalBytes: bytes, frontier: 4 }));
    await expect(partial.open()).rejects.toMatchObject({ code: 'ELOOP' });
    expect(existsSync(outside)).toBe(false);
  });
});
