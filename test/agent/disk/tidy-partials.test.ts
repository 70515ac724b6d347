import { existsSync, mkdirSync, symlinkSync, utimesSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { KEEP_PARTIALS_SECONDS, tidyPartials } from '../../../agent/disk/tidy-partials.ts';
import { PartialFile } from '../../../agent/pull/partial-file.ts';
import type { Command } from '../../../lib/commands/command.ts';
import { temporaryFolder } from '../temporary-folder.ts';

const now = new Date('2026-11-20T10:00:00.000Z');
const OLD = KEEP_PARTIALS_SECONDS;
const artifactId = '0a1b2c3d'.repeat(8);

const prepare = () => {
  const root = temporaryFolder();
  mkdirSync(join(root, 'models/a/1'), { recursive: true });
  mkdirSync(join(root, '.drover/quarantine'), { recursive: true });
  const put = (path: string, ageSeconds: number): void => {
    const file = join(root, path);
    writeFileSync(file, 'half');
    const time = new Date(now.getTime() - ageSeconds * 1000);
    utimesSync(file, time, time);
  };
  return { root, put, there: (path: string) => existsSync(join(root, path)) };
};

const pull: Command = {
  schemaVersion: 1,
  commandId: 'c-1',
  nodeId: 'n-0123456789ab',
  attempt: 1,
  issuedAt: now.toISOString(),
  deadlineAt: now.toISOString(),
  type: 'pull',
  artifactId,
  kind: 'model',
  name: 'a',
  version: '1',
  bytes: 10,
  path: 'models/a/1/m.pth',
  store: { bucket: 'b', key: 'k' },
};
const partial = 'models/a/1/.m.pth.0a1b2c3d.partial';

describe('tidyPartials', () => {
  it('removes what no command uses and nobody wrote for a day, with its state, and says so', async () => {
    const { root, put, there } = prepare();
    put(partial, OLD);
    put(`${partial}.json`, OLD);
    const removed = await tidyPartials(root, () => [], now);
    expect(removed.map(({ path }) => path).sort()).toEqual([partial, `${partial}.json`]);
    expect(removed[0]?.bytes).toBe(4);
    expect([there(partial), there(`${partial}.json`)]).toEqual([false, false]);
  });

  it('keeps what the next attempt may resume', async () => {
    const { root, put, there } = prepare();
    put(partial, OLD - 1);
    expect(await tidyPartials(root, () => [], now)).toEqual([]);
    expect(there(partial)).toBe(true);
  });

  it('keeps what an open command uses, by the name that the transfer gives it', async () => {
    const { root, put, there } = prepare();
    const { path } = new PartialFile(join(root, pull.path), pull.artifactId, pull.bytes);
    expect(path).toBe(join(root, partial));
    put(partial, OLD);
    put(`${partial}.json`, OLD);
    expect(await tidyPartials(root, () => [pull], now)).toEqual([]);
    expect([there(partial), there(`${partial}.json`)]).toEqual([true, true]);
  });

  it('asks for the open commands again before it removes', async () => {
    const { root, put, there } = prepare();
    put(partial, OLD);
    put(`${partial}.json`, OLD);
    let asked = 0;
    await tidyPartials(root, () => (++asked === 1 ? [] : [pull]), now);
    expect(asked).toBe(2);
    expect([there(partial), there(`${partial}.json`)].filter(Boolean)).toHaveLength(1);
  });

  it('touches no other file, no symlink, and nothing of its own folder', async () => {
    const { root, put, there } = prepare();
    const kept = ['models/a/1/m.pth', 'models/a/1/.m.pth.partial', '.drover/.x.0a1b2c3d.partial'];
    for (const path of kept) put(path, OLD);
    symlinkSync('m.pth', join(root, 'models/a/1/.y.0a1b2c3d.partial'));
    expect(await tidyPartials(root, () => [], now)).toEqual([]);
    expect([...kept, 'models/a/1/.y.0a1b2c3d.partial'].every(there)).toBe(true);
  });
});
