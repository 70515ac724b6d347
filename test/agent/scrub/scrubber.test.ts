import { createHash } from 'node:crypto';
import { mkdir, readFile, utimes, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, it, vi } from 'vitest';
import { HashCache } from '../../../agent/inventory/hash-cache.ts';
import type { ReportContent } from '../../../agent/reports/reporter.ts';
import { Scrubber } from '../../../agent/scrub/scrubber.ts';
import { systemTiming } from '../../../agent/wait.ts';
import { failToRead } from '../disk/disk-faults.ts';
import { silentLog, temporaryFolder } from '../temporary-folder.ts';

const sha256 = (text: string): string => createHash('sha256').update(text).digest('hex');
const SIGNAL = new AbortController().signal;

/** Writes with a time that never changes. */
const writeAt = async (path: string, content: string): Promise<void> => {
  await writeFile(path, content);
  await utimes(path, 1_700_000_000, 1_700_000_000);
};

/** A node with these files, which it has hashed. Days are so short that a round reads everything. */
const prepare = async (contents: Readonly<Record<string, string>>, days = 1 / 86_400) => {
  const root = temporaryFolder();
  await mkdir(join(root, '.drover'));
  const cache = new HashCache(root, join(root, '.drover', 'hash-cache.json'));
  for (const [name, content] of Object.entries(contents)) {
    await writeAt(join(root, name), content);
    await cache.remember(name, sha256(content));
  }
  const told: ReportContent[] = [];
  let hurried = 0;
  const scrubber = new Scrubber({
    root,
    cache,
    reporter: { sendUntilAccepted: async (content) => told.push(content) > 0 },
    progressFile: join(root, '.drover', 'scrub.json'),
    days,
    isDraining: () => false,
    afterRot: () => {
      hurried += 1;
    },
    timing: systemTiming,
    log: silentLog,
  });
  /** Other bytes, with size and time as before: what a disk does in silence. */
  const rot = (name: string, content: string): Promise<void> => writeAt(join(root, name), content);
  return { root, cache, told, scrubber, rot, hurried: () => hurried };
};

describe('Scrubber', () => {
  it('finds a file whose bytes changed without its size and time, tells it once, and takes it for nothing else', async () => {
    const { root, told, scrubber, rot, cache, hurried } = await prepare({ 'a.bin': 'good', 'b.bin': 'fine' });
    await scrubber.round(SIGNAL);
    expect(told).toEqual([]);

    await rot('a.bin', 'evil');
    await scrubber.round(SIGNAL);

    expect(told).toEqual([{ type: 'rot', rot: { artifactId: sha256('good'), path: 'a.bin', bytes: 4 } }]);
    expect(await cache.recall('a.bin')).toBeUndefined();
    const restarted = new HashCache(root, join(root, '.drover', 'hash-cache.json'));
    await restarted.load();
    expect(await restarted.recallRotten('a.bin')).toMatchObject({ artifactId: sha256('good') });
    expect(hurried()).toBe(1);
    await scrubber.round(SIGNAL);
    expect(told).toHaveLength(1);
  });

  it('leaves a file alone that somebody changed: the inventory hashes it', async () => {
    const { told, scrubber, root } = await prepare({ 'a.bin': 'good' });
    await writeFile(join(root, 'a.bin'), 'newer content');
    await scrubber.round(SIGNAL);
    expect(told).toEqual([]);
  });

  it.each([
    ['EIO', ['a.bin']],
    ['Unknown system error -117', ['a.bin']],
    // Nothing is known of it: another user's file has not rotted.
    ['EACCES', []],
  ])('goes on past a file that cannot be read (%s), over restarts', async (code, rotten) => {
    const { told, scrubber, rot, root } = await prepare({ 'a.bin': 'good', 'b.bin': 'fine' });
    failToRead(join(root, 'a.bin'), code);
    await rot('b.bin', 'evil');
    await scrubber.round(SIGNAL);
    const paths = told.map((content) => (content.type === 'rot' ? content.rot.path : undefined));
    expect(paths).toEqual([...rotten, 'b.bin']);
    expect(JSON.parse(await readFile(join(root, '.drover', 'scrub.json'), 'utf8'))).toMatchObject({
      after: 'b.bin',
    });
  });

  it('remembers what it read when it is stopped within a round', async () => {
    const { told, scrubber, cache, root } = await prepare({ 'a.bin': 'good', 'b.bin': 'fine' });
    const recall = vi.spyOn(cache, 'recall');
    recall.mockImplementation(async (path) => {
      if (path === 'b.bin') throw new Error('stopped');
      return undefined;
    });
    await expect(scrubber.round(SIGNAL)).rejects.toThrow('stopped');
    const progress = JSON.parse(await readFile(join(root, '.drover', 'scrub.json'), 'utf8'));
    expect([progress.after, told]).toEqual(['a.bin', []]);
  });

  it.each([
    [30, 3600],
    [90, 3600],
    [1, 120],
    [0.0001, 1],
  ])('reads everything in %f days by rounds of %i s', async (days, seconds) => {
    expect((await prepare({}, days)).scrubber.roundSeconds).toBe(seconds);
  });
});
