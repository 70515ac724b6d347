import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { openDataFolder } from '../../../local/start/data-folder.ts';

let parent: string;
beforeEach(async () => {
  parent = await mkdtemp(join(tmpdir(), 'data-'));
});
afterEach(async () => {
  await rm(parent, { recursive: true });
});

describe('openDataFolder', () => {
  it('makes the folder and gives it to one process at a time', () => {
    const first = openDataFolder(join(parent, 'new'));

    expect(() => openDataFolder(join(parent, 'new'))).toThrow(
      `another npm start (process ${process.pid}) uses ${join(parent, 'new')}`,
    );
    first.release();
    openDataFolder(join(parent, 'new')).release();
  });

  it('takes over from a process that is gone', async () => {
    openDataFolder(parent).release();
    await writeFile(join(parent, 'lock.pid'), '1\n');

    const folder = openDataFolder(parent);

    expect(folder.nodes).toBe(join(parent, 'nodes'));
    folder.release();
  });

  it('says in one line when the system makes no folder there', () => {
    expect(() => openDataFolder('/proc/nowhere/data')).toThrow(
      /^cannot write to the data folder [^\n]+--data$/,
    );
  });

  it('says in one line when the folder is a file', async () => {
    await writeFile(join(parent, 'file'), '');

    expect(() => openDataFolder(join(parent, 'file'))).toThrow(
      /^cannot write to the data folder [^\n]+--data$/,
    );
  });
});
