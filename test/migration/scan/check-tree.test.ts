import { mkdir, mkdtemp, open, realpath, rm, symlink } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { checkTree, type Finding, isComplete } from '../../../lib/migration/scan/check-tree.ts';
import { fileTree } from '../../../lib/migration/scan/list-tree.ts';
import { cleanFiles, plant, plantedFiles } from './planted-tree.ts';

let root: string;
beforeEach(async () => {
  root = await realpath(await mkdtemp(`${tmpdir()}/check-tree-`));
});
afterEach(() => rm(root, { recursive: true, force: true }));

const options = { skipTests: false, deprecatedOnly: false, isExcluded: () => false };
const show = ({ line, column, module, name, form, place }: Finding): string =>
  `${line}:${column} ${name === undefined ? module : `${module}.${name}`} ${form} ${place}`;
const importing = (module: string): string => `from app.coordination.${module} import run\n`;

describe('checkTree', () => {
  it('finds every planted reference, and nothing else, in one go', async () => {
    for (const { path, text } of plantedFiles) await plant(root, path, text);
    for (const [path, text] of cleanFiles) await plant(root, path, text);
    const report = await checkTree(root, options);
    const byFile = Map.groupBy(report.findings, ({ file }) => file);
    expect([...byFile].map(([file, found]) => [file, found.map(show)])).toEqual(
      plantedFiles
        .map(({ path, found }) => [path, found])
        .sort(([one = ''], [other = '']) => (one < other ? -1 : 1)),
    );
    expect(isComplete(report)).toBe(true);
  });

  it.each(cleanFiles)('finds nothing in %s', async (path, text) => {
    await plant(root, path, text);
    expect((await checkTree(root, options)).findings).toEqual([]);
  });

  it('says of each finding how urgent it is and what to use, with an example', async () => {
    await plant(root, 'a.py', importing('system_health_monitor'));
    const { findings } = await checkTree(root, options);
    expect(findings[0]).toMatchObject({
      status: 'deprecated',
      priority: 'MEDIUM',
      replacement: { example: 'drover health --json' },
    });
  });

  it('leaves out on request what was current until Drover came, except the names that warned', async () => {
    await plant(
      root,
      'a.py',
      'from app.coordination.health_facade import get_node_health, get_system_health\nfrom app.coordination import vast_idle_daemon\n',
    );
    const { findings } = await checkTree(root, { ...options, deprecatedOnly: true });
    expect(findings.map(({ name, status }) => [name, status])).toEqual([
      ['get_system_health', 'deprecated'],
      [undefined, 'archived'],
    ]);
  });

  it.each([
    'node_modules/x/a.py',
    '.venv/lib/a.py',
    'env/lib/python3.11/site-packages/a.py',
    '.git/hooks/a.py',
    'archive/a.py',
    'src/archived/a.py',
    'lib/__pycache__/a.py',
  ])('does not look into %s', async (path) => {
    await plant(root, path, importing('vast_idle_daemon'));
    const { findings, notes } = await checkTree(root, options);
    expect(findings).toEqual([]);
    expect(notes).toHaveLength(1);
  });

  it('knows an installed Python by its pyvenv.cfg, whatever its name', async () => {
    await plant(root, 'python3/pyvenv.cfg', 'home = /usr/bin\n');
    await plant(root, 'python3/lib/a.py', importing('vast_idle_daemon'));
    expect(await checkTree(root, options)).toMatchObject({
      findings: [],
      notes: [{ path: 'python3', reason: 'vendored' }],
    });
  });

  it.each(['tests/unit/a.py', 'app/test_a.py', 'app/a_test.py', 'conftest.py'])(
    'reads the test %s, unless tests are left out',
    async (path) => {
      await plant(root, path, importing('vast_idle_daemon'));
      expect((await checkTree(root, options)).findings).toHaveLength(1);
      expect((await checkTree(root, { ...options, skipTests: true })).findings).toEqual([]);
    },
  );

  it.each([
    ['utf-16le', Buffer.from(`\uFEFF${importing('vast_idle_daemon')}`, 'utf16le')],
    ['utf-16be', Buffer.from(`\uFEFF${importing('vast_idle_daemon')}`, 'utf16le').swap16()],
    ['utf-8 with a mark', Buffer.from(`\uFEFF${importing('vast_idle_daemon')}`)],
    [
      'latin-1',
      Buffer.from(`# -*- coding: latin-1 -*-\ns = "\xe9"\n${importing('vast_idle_daemon')}`, 'latin1'),
    ],
    ['an unknown encoding', Buffer.from(`# coding: klingon\n${importing('vast_idle_daemon')}`)],
    ['bytes that are no UTF-8', Buffer.from(`s = b"\xff\xfe"\n${importing('vast_idle_daemon')}`, 'latin1')],
    ['old Mac line ends', Buffer.from(`x = 1\r${importing('vast_idle_daemon')}`)],
    ['zero bytes', Buffer.from(`\0\n${importing('vast_idle_daemon')}`)],
  ])('reads %s', async (_, bytes) => {
    await plant(root, 'a.py', bytes);
    const { findings } = await checkTree(root, options);
    expect(findings.map(({ module }) => module)).toEqual(['vast_idle_daemon']);
  });

  it.each([
    ['a name of 20,000 parts', `x${'.a'.repeat(20_000)}\n`],
    ['20,000 open brackets', `${'('.repeat(20_000)}\n`],
    ['20,000 calls in a row', `x${'()'.repeat(20_000)}\n`],
    ['strings of 20,000 pieces', `x = ${'"a" '.repeat(20_000)}\n`],
    ['20,000 closed brackets and quotes', `${')"'.repeat(20_000)}\n`],
  ])('survives %s', async (_, text) => {
    await plant(root, 'a.py', `${importing('vast_idle_daemon')}${text}`);
    const { findings } = await checkTree(root, options);
    expect(findings.map(({ module }) => module)).toEqual(['vast_idle_daemon']);
  });

  it('does not follow links, so that a loop is none', async () => {
    await plant(root, 'a/a.py', importing('vast_idle_daemon'));
    await symlink('..', `${root}/a/loop`);
    await symlink('a.py', `${root}/a/again.py`);
    await symlink('nowhere.py', `${root}/a/broken.py`);
    const { findings, notes } = await checkTree(root, options);
    expect(findings.map(({ file }) => file)).toEqual(['a/a.py']);
    expect(notes.map(({ path, reason }) => [path, reason])).toEqual([
      ['a/again.py', 'link'],
      ['a/broken.py', 'link'],
      ['a/loop', 'link'],
    ]);
  });

  it('skips a file of 100 MB with a note, and is not complete then', async () => {
    const file = await open(`${root}/data.py`, 'w');
    await file.truncate(100 * 1024 * 1024);
    await file.close();
    const report = await checkTree(root, options);
    expect(report.notes).toEqual([{ path: 'data.py', reason: 'too-large', detail: '104857600 bytes' }]);
    expect(isComplete(report)).toBe(false);
  });

  it('goes on past a folder that cannot be read, and says so', async () => {
    await plant(root, 'a/a.py', importing('vast_idle_daemon'));
    await mkdir(`${root}/secret`);
    const reader = {
      ...fileTree,
      list: async (folder: string) => {
        if (folder.endsWith('/secret')) throw new Error('EACCES: permission denied');
        return fileTree.list(folder);
      },
    };
    const report = await checkTree(root, { ...options, reader });
    expect(report.findings).toHaveLength(1);
    expect(report.notes).toEqual([
      { path: 'secret', reason: 'unreadable', detail: 'EACCES: permission denied' },
    ]);
    expect(isComplete(report)).toBe(false);
  });

  it('goes on past YAML that is none, when it names a module', async () => {
    await plant(root, 'a.yaml', 'daemons: [cluster_data_sync\nx: {{ template }}\n');
    await plant(root, 'b.yaml', 'daemons: [cluster_data_sync]\n');
    const report = await checkTree(root, options);
    expect(report.findings.map(({ file }) => file)).toEqual(['b.yaml']);
    expect(report.notes).toMatchObject([{ path: 'a.yaml', reason: 'no-yaml' }]);
    expect(isComplete(report)).toBe(false);
  });
});
