import { createHash } from 'node:crypto';
import {
  chmodSync,
  mkdirSync,
  realpathSync,
  renameSync,
  rmSync,
  symlinkSync,
  utimesSync,
  writeFileSync,
} from 'node:fs';
import { dirname, join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { compileRules } from '../../../agent/data/file-rules.ts';
import { HashCache } from '../../../agent/inventory/hash-cache.ts';
import { scanOutside } from '../../../agent/inventory/scan-outside.ts';
import type { NodeConfiguration } from '../../../lib/commands/node-configuration.ts';
import { temporaryFolder } from '../temporary-folder.ts';

const sha256 = (text: string): string => createHash('sha256').update(text).digest('hex');
const never = new AbortController().signal;

const prepare = (configuration: Partial<NodeConfiguration> = {}) => {
  const home = realpathSync(temporaryFolder());
  const root = join(home, 'drover');
  mkdirSync(join(root, '.drover'), { recursive: true });
  const write = (path: string, content: string): string => {
    const file = join(home, path);
    mkdirSync(dirname(file), { recursive: true });
    writeFileSync(file, content);
    return file;
  };
  const stored = new Set<string>();
  const sizes = new Set<number>();
  const scan = (enrolledAtMs = Date.now() - 60_000, budgetSeconds?: number) =>
    scanOutside(
      {
        paths: [home],
        root,
        rules: compileRules({ digest: 'c', claim: [], ignore: [], ...configuration }, { home, root }),
        isPut: () => false,
        enrolledAtMs,
        cache: new HashCache(root, join(root, '.drover/hash-cache.json')),
        stored: { has: (id) => stored.has(id), hasSize: (bytes) => sizes.has(bytes) },
      },
      never,
      budgetSeconds,
    );
  return {
    home,
    root,
    write,
    scan,
    know: (content: string): void => {
      stored.add(sha256(content));
      sizes.add(content.length);
    },
  };
};

describe('scanOutside', () => {
  it('counts files that were made since the enrolment, hidden ones too, with their sizes', async () => {
    const { home, write, scan } = prepare();
    write('runs/1/model.pt', '12345');
    write('.hidden/notes', '123');
    const { unclaimed } = await scan();
    expect(unclaimed).toEqual({
      count: 2,
      bytes: 8,
      sample: [
        { path: join(home, 'runs/1/model.pt'), bytes: 5 },
        { path: join(home, '.hidden/notes'), bytes: 3 },
      ],
    });
  });

  it('does not count what the machine came with', async () => {
    const { write, scan } = prepare();
    write('old', 'came with the image');
    await delay(20);
    expect((await scan(Date.now() + 10_000)).unclaimed.count).toBe(0);
  });

  it('counts a file that keeps an old time but came since: a copy, a move, an unpacked archive', async () => {
    const { write, scan } = prepare();
    const file = write('unpacked', 'old content');
    const then = new Date('2020-01-01T00:00:00Z');
    utimesSync(file, then, then);
    expect((await scan()).unclaimed.count).toBe(1);
  });

  it('leaves out the data root, symlinks, empty files and what is ignored', async () => {
    const { home, write, scan } = prepare({ ignore: ['~/.cache/**', '~/*.log'] });
    write('drover/models/m.pth', 'in the inventory already');
    write('.cache/pip/wheel', 'x');
    write('a.log', 'x');
    write('lock', '');
    const file = write('counted', 'x');
    symlinkSync(file, join(home, 'link'));
    symlinkSync('/etc', join(home, 'folder-link'));
    expect((await scan()).unclaimed.sample.map(({ path }) => path)).toEqual([file]);
  });

  it('does not count a copy of a known artifact, and hashes only what has the size of one', async () => {
    const { write, scan, know } = prepare();
    know('the bytes of a model');
    const copy = write('copy.pth', 'the bytes of a model');
    const other = write('other.pth', 'THE bytes of a model');
    write('larger.pth', 'the bytes of a model and more');
    const { unclaimed, copies } = await scan();
    const content = 'the bytes of a model';
    expect(copies).toEqual([{ artifactId: sha256(content), bytes: content.length, path: copy }]);
    expect(unclaimed.count).toBe(2);
    expect(unclaimed.sample.map(({ path }) => path)).toContain(other);
  });

  it('tells claimed files apart, whatever their age', async () => {
    const claim = { glob: '~/games/**/*.npz', kind: 'games' as const, name: 'selfplay' };
    const { write, scan } = prepare({ claim: [claim] });
    const claimed = write('games/1/a.npz', 'x');
    write('games/1/a.tmp', 'x');
    const { unclaimed, claimed: found } = await scan(Date.now() + 10_000);
    expect(found).toEqual([claimed]);
    expect(unclaimed.count).toBe(0);
  });

  it('fails when a folder is not there or it takes too long: what was not seen is unknown', async () => {
    const { home, write, scan } = prepare();
    for (let index = 0; index < 300; index += 1) write(`many/${index}/file`, 'x');
    await expect(scan(undefined, 0.001)).rejects.toThrow(/takes more than 0.001 s/);
    rmSync(home, { recursive: true });
    await expect(scan()).rejects.toThrow(/ENOENT/);
  });

  it('reads no folder that is ignored as a whole, even one that it may not read', async () => {
    const { home, write, scan } = prepare({ ignore: ['~/lost+found/**'] });
    write('lost+found/x', 'x');
    chmodSync(join(home, 'lost+found'), 0);
    try {
      expect((await scan()).unclaimed.count).toBe(0);
    } finally {
      chmodSync(join(home, 'lost+found'), 0o700);
    }
  });

  it('goes on when files vanish and move under it', async () => {
    const { home, write, scan } = prepare();
    for (let index = 0; index < 200; index += 1) write(`moving/${index % 20}/${index}`, 'x');
    const scanning = scan();
    renameSync(join(home, 'moving/3'), join(home, 'moving-3'));
    rmSync(join(home, 'moving/7'), { recursive: true });
    expect((await scanning).unclaimed.count).toBeLessThanOrEqual(200);
  });

  it('counts a file exactly when it is young, not empty, not ignored and not known', async () => {
    const fileArbitrary = fc.record({
      folder: fc.constantFrom('a', 'a/.b', 'skip', 'skip/deep', 'a/skip'),
      content: fc.constantFrom('', 'known', 'other', 'longer content'),
      young: fc.boolean(),
    });
    await fc.assert(
      fc.asyncProperty(fc.array(fileArbitrary, { maxLength: 8 }), async (files) => {
        const { home, write, scan, know } = prepare({ ignore: ['~/skip/**'] });
        know('known');
        const isCounted = ({ folder, content }: (typeof files)[number]): boolean =>
          content !== '' && content !== 'known' && !folder.startsWith('skip');
        for (const [index, { folder, content, young }] of files.entries()) {
          if (young) write(`${folder}/${index}`, content);
        }
        const since = Date.now() - 1000;
        const expected = files.filter((file) => file.young && isCounted(file));
        const { unclaimed } = await scan(since);
        expect(unclaimed.count).toBe(expected.length);
        expect(unclaimed.bytes).toBe(expected.reduce((sum, { content }) => sum + content.length, 0));
        rmSync(home, { recursive: true });
      }),
      { numRuns: 30 },
    );
  });
});
