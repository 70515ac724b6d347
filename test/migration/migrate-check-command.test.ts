import { describe, expect, it } from 'vitest';
import type { CliIo } from '../../cli/io.ts';
import { runCli } from '../../cli/run.ts';
import { createTestIo } from '../cli/support/test-io.ts';
import { plant } from './scan/planted-tree.ts';

const OLD = 'from app.coordination.ephemeral_sync import get_ephemeral_sync_daemon\n';

/** Runs `drover migrate check` in a folder with these files. */
const check = async (
  files: Readonly<Record<string, string>>,
  args: readonly string[] = [],
  changes: Partial<CliIo> = {},
) => {
  const test = createTestIo(changes);
  for (const [path, text] of Object.entries(files)) await plant(test.folder, path, text);
  const exitCode = await runCli(['migrate', 'check', ...args], test.io);
  return { ...test, exitCode };
};

describe('drover migrate check', () => {
  it('shows file and line, what, how urgent, and what to do, then a summary by module', async () => {
    const { exitCode, out } = await check({ 'src/a.py': `\n${OLD}`, 'archive/b.py': OLD });
    expect(exitCode).toBe(0);
    expect(out()).toBe(
      [
        'src/a.py:2:45  ephemeral_sync.get_ephemeral_sync_daemon  HIGH, deprecated',
        '    use: `drover-agent.mjs put` on the node; what is put on a node that may vanish goes into the store at once',
        '    as: node drover-agent.mjs put ./games.db --kind games --name hex8_2p --data /workspace/drover',
        'MODULE\tPRIORITY\tSTATUS\tREFERENCES\tFILES',
        'ephemeral_sync\tHIGH\tdeprecated\t1\t1',
        'not read: archive (archive)',
        '1 file, 1 reference to move (left out: 1 archive)',
        '',
      ].join('\n'),
    );
  });

  it('answers the four searches of the guide with one --json', async () => {
    const modules = ['cluster_data_sync', 'ephemeral_sync', 'system_health_monitor', 'node_health_monitor'];
    const files = Object.fromEntries(
      modules.map((module) => [`${module}.py`, `from app.coordination.${module} import x\n`]),
    );
    const { json } = await check(files, ['--json', '--deprecated-only']);
    expect(json()).toMatchObject({
      filesRead: 4,
      complete: true,
      findings: modules.toSorted().map((module) => ({ file: `${module}.py`, line: 1, module, name: 'x' })),
      summary: modules.map((module) => ({ module, references: 1, files: 1 })),
    });
  });

  it.each([
    ['nothing to move', { 'a.py': 'import os\n' }, [], 0],
    ['something to move', { 'a.py': OLD }, [], 1],
    ['something in tests only, which are left out', { 'tests/a.py': OLD }, ['--skip-tests'], 0],
    ['something that is left out by name', { 'a.py': OLD, 'b/c/a.py': OLD }, ['--exclude', '**/a.py'], 0],
    [
      'only what was current until Drover came',
      { 'a.py': 'import app.coordination.event_router\n' },
      ['--deprecated-only'],
      0,
    ],
    ['YAML that cannot be read', { 'a.yaml': 'daemons: [vast_idle\nx: {{ y }}\n' }, [], 1],
  ])('with --strict and %s', async (_, files, args, expected) => {
    const { exitCode } = await check(files, ['--strict', ...args]);
    expect(exitCode).toBe(expected);
  });

  it('refuses a path that is not there, as a wrong command line', async () => {
    const { exitCode, error } = await check({}, ['nowhere']);
    expect(exitCode).toBe(2);
    expect(error()).toContain('nowhere cannot be read');
  });

  it('refuses a file: a tree is checked as a whole', async () => {
    const { exitCode, error } = await check({ 'a.py': OLD }, ['a.py']);
    expect(exitCode).toBe(2);
    expect(error()).toContain('a.py cannot be read: ENOTDIR');
  });

  it('needs no installation', async () => {
    const { exitCode } = await check({ 'a.py': OLD }, ['.'], { environment: {} });
    expect(exitCode).toBe(0);
  });
});
