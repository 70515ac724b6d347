import { randomUUID } from 'node:crypto';
import { existsSync, mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { cachedBuild, projectFolder } from '../../local/build-cache.ts';

let name: string;
let input: string;
const folders: string[] = [];

beforeEach(() => {
  name = `test-${randomUUID()}`;
  input = join('node_modules', '.cache', `${name}.txt`);
  // On a fresh clone nobody has made it yet.
  mkdirSync(join(projectFolder, 'node_modules', '.cache'), { recursive: true });
  writeFileSync(join(projectFolder, input), 'one');
});
afterEach(() => {
  rmSync(join(projectFolder, input));
  for (const folder of folders.splice(0)) rmSync(folder, { recursive: true, force: true });
});

const build = async (text: string): Promise<{ folder: string; content: string }> => {
  const folder = await cachedBuild(name, [input], (target) => {
    writeFileSync(join(target, 'built.txt'), text);
    return Promise.resolve();
  });
  folders.push(folder);
  return { folder, content: readFileSync(join(folder, 'built.txt'), 'utf8') };
};

describe('cachedBuild', () => {
  it('builds once for the same inputs, and again when a byte changes', async () => {
    expect((await build('first')).content).toBe('first');
    expect((await build('second')).content).toBe('first');
    writeFileSync(join(projectFolder, input), 'two');

    expect((await build('third')).content).toBe('third');
  });

  it('keeps nothing of a build that failed', async () => {
    let unfinished = '';
    const failing = cachedBuild(name, [input], (target) => {
      unfinished = target;
      return Promise.reject(new Error('syntax'));
    });

    await expect(failing).rejects.toThrow('syntax');
    expect(existsSync(unfinished)).toBe(false);
    expect((await build('mended')).content).toBe('mended');
  });

  it('lets two builds at once agree on one result', async () => {
    const [left, right] = await Promise.all([build('same'), build('same')]);

    expect(left.folder).toBe(right.folder);
    expect(right.content).toBe('same');
  });
});
