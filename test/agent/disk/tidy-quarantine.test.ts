import { mkdirSync, readdirSync, utimesSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { MAX_QUARANTINES, tidyQuarantine } from '../../../agent/disk/tidy-quarantine.ts';
import { temporaryFolder } from '../temporary-folder.ts';

/** Quarantines of 100 bytes each; `q-0` is the oldest. */
const prepare = (count: number): string => {
  const folder = temporaryFolder();
  for (let index = 0; index < count; index += 1) {
    const path = join(folder, `q-${index}`);
    mkdirSync(path);
    writeFileSync(join(path, 'reason.json'), Buffer.alloc(20));
    writeFileSync(join(path, 'm.pth'), Buffer.alloc(80));
    const time = new Date(Date.UTC(2026, 10, 1) + index * 1000);
    utimesSync(path, time, time);
  }
  return folder;
};

describe('tidyQuarantine', () => {
  it.each<[string, number, number, number]>([
    ['everything within both limits', 3, 300, 3],
    ['the newest of too many', 2, 1000, 2],
    ['the newest of too large ones', 9, 299, 2],
    ['none when even one is too large', 9, 99, 0],
  ])('keeps %s', async (_what, maxCount, maxBytes, kept) => {
    const folder = prepare(3);
    const removed = await tidyQuarantine(folder, { maxCount, maxBytes });
    expect(readdirSync(folder).sort()).toEqual(['q-0', 'q-1', 'q-2'].slice(3 - kept));
    expect(removed).toEqual(['q-2', 'q-1', 'q-0'].slice(kept).map((path) => ({ path, bytes: 100 })));
  });

  it('has limits of its own', async () => {
    const folder = prepare(MAX_QUARANTINES + 2);
    await tidyQuarantine(folder);
    expect(readdirSync(folder)).toHaveLength(MAX_QUARANTINES);
  });
});
