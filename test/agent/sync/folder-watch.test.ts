import { appendFileSync, mkdirSync, realpathSync, rmSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { compileRules } from '../../../agent/data/file-rules.ts';
import { FolderWatch } from '../../../agent/sync/folder-watch.ts';
import { systemTiming } from '../../../agent/wait.ts';
import type { Claim } from '../../../lib/commands/node-configuration.ts';
import { silentLog, temporaryFolder } from '../temporary-folder.ts';

const signal = new AbortController().signal;
const games: Claim = {
  glob: '~/games/**/*.db',
  kind: 'games',
  name: 'hex8_2p',
  watch: true,
  settleSeconds: 10,
};

const prepare = (claim: Claim[] = [games], isStored = false) => {
  const home = realpathSync(temporaryFolder());
  const root = join(home, 'drover');
  mkdirSync(root);
  const put: string[] = [];
  const clock = { ms: Date.now(), refuses: false };
  const watch = new FolderWatch({
    root,
    outsidePaths: async () => [home],
    rules: () => compileRules({ digest: 'c', claim, ignore: [] }, { home, root }),
    put: async (path) => {
      if (clock.refuses) throw new Error('no space');
      put.push(path.slice(home.length + 1));
    },
    isStored: async () => isStored,
    timing: { ...systemTiming, now: () => new Date(clock.ms) },
    log: silentLog,
  });
  return {
    home,
    put,
    clock,
    write: (path: string, content = 'games') => {
      mkdirSync(dirname(join(home, path)), { recursive: true });
      writeFileSync(join(home, path), content);
    },
    lookAfter: async (seconds: number) => {
      clock.ms += seconds * 1000;
      await watch.look(signal);
    },
  };
};

describe('FolderWatch', () => {
  it('puts what is complete, once: unchanged for the settle time', async () => {
    const { home, put, write, lookAfter } = prepare();
    write('games/1/a.db');
    await lookAfter(0);
    await lookAfter(9.9);
    expect(put).toEqual([]);
    appendFileSync(join(home, 'games/1/a.db'), ' and more');
    await lookAfter(0.1);
    await lookAfter(9.9);
    expect(put).toEqual([]);
    await lookAfter(0.1);
    expect(put).toEqual(['games/1/a.db']);
    await lookAfter(60);
    expect(put).toEqual(['games/1/a.db']);
  });

  it('puts it again when it changed since', async () => {
    const { put, write, lookAfter } = prepare();
    write('games/a.db');
    await lookAfter(0);
    await lookAfter(10);
    write('games/a.db', 'other games');
    await lookAfter(0);
    await lookAfter(10);
    expect(put).toEqual(['games/a.db', 'games/a.db']);
  });

  it('leaves a file alone while <file>.writing stands beside it, however long', async () => {
    const { home, put, write, lookAfter } = prepare();
    write('games/a.db');
    write('games/a.db.writing', 'x');
    await lookAfter(0);
    await lookAfter(3600);
    expect(put).toEqual([]);
    rmSync(join(home, 'games/a.db.writing'));
    await lookAfter(0);
    await lookAfter(10);
    expect(put).toEqual(['games/a.db']);
  });

  it('tries again what could not be taken', async () => {
    const { put, clock, write, lookAfter } = prepare();
    write('games/a.db');
    await lookAfter(0);
    clock.refuses = true;
    await lookAfter(10);
    clock.refuses = false;
    await lookAfter(0);
    expect(put).toEqual(['games/a.db']);
  });

  it('leaves alone what is not watched, empty, or in the store as it is', async () => {
    const { put, write, lookAfter } = prepare([{ ...games, glob: '~/games/keep/**', watch: false }, games]);
    write('games/keep/a.db');
    write('games/a.txt');
    write('games/empty.db', '');
    write('other/a.db');
    await lookAfter(0);
    await lookAfter(10);
    expect(put).toEqual([]);

    const stored = prepare([games], true);
    stored.write('games/a.db');
    await stored.lookAfter(0);
    await stored.lookAfter(10);
    expect(stored.put).toEqual([]);
  });
});
