import { readFile } from 'node:fs/promises';
import { describe, expect, it } from 'vitest';
import type { CliIo } from '../../cli/io.ts';
import { runCli } from '../../cli/run.ts';
import { createTestIo } from '../cli/support/test-io.ts';
import { oldFiles } from './config/old-files.ts';
import { plant } from './scan/planted-tree.ts';

const migrate = async (
  files: Readonly<Record<string, string>>,
  args: readonly string[],
  changes: Partial<CliIo> = {},
) => {
  const test = createTestIo(changes);
  for (const [path, text] of Object.entries(files)) await plant(test.folder, path, text);
  const exitCode = await runCli(['migrate', ...args], test.io);
  const written = (path: string): Promise<string> => readFile(`${test.folder}/${path}`, 'utf8');
  return { exitCode, out: test.out(), error: test.error(), json: test.json, written };
};
const files = Object.fromEntries(oldFiles.map(({ name, text }) => [name, text]));
const names = oldFiles.map(({ name }) => name);

describe('drover migrate config', () => {
  it('writes fleet.yaml to standard output, and what it cannot say beside it', async () => {
    const { exitCode, out, error } = await migrate(files, ['config', ...names]);
    expect(exitCode).toBe(0);
    expect(out).toContain('# Made from distributed_hosts.yaml, node_policies.yaml, unified_loop.yaml.');
    expect(error).toContain('Secrets, not copied:\n  distributed_hosts.yaml:');
  });

  it('writes a file that `drover apply` would take, and never over another one', async () => {
    const { written, exitCode } = await migrate(files, ['config', ...names, '--to', 'fleet.yaml']);
    expect(exitCode).toBe(0);
    expect(await written('fleet.yaml')).toContain('\nidle:\n');
    const again = await migrate({ ...files, 'fleet.yaml': 'mine\n' }, [
      'config',
      ...names,
      '--to',
      'fleet.yaml',
    ]);
    expect(again.exitCode).toBe(1);
    expect(again.error).toContain('--force replaces a file');
    expect(await again.written('fleet.yaml')).toBe('mine\n');
    const forced = await migrate({ ...files, 'fleet.yaml': 'mine\n' }, [
      'config',
      ...names,
      '--to',
      'fleet.yaml',
      '--force',
    ]);
    expect(await forced.written('fleet.yaml')).toContain('\nidle:\n');
  });

  it('says a line per problem, and writes nothing then', async () => {
    const { exitCode, out, error } = await migrate({ 'hosts.yaml': 'hosts:\n  a: 1\n  b: 2\n' }, [
      'config',
      'hosts.yaml',
      '--to',
      'fleet.yaml',
    ]);
    expect([exitCode, out]).toEqual([1, '']);
    expect(error.split('\n').slice(0, 2)).toEqual([
      'hosts.yaml:2:6 hosts.a: write a mapping',
      'hosts.yaml:3:6 hosts.b: write a mapping',
    ]);
  });

  it('refuses a file that is not there, as a wrong command line', async () => {
    expect((await migrate({}, ['config', 'nowhere.yaml'])).exitCode).toBe(2);
  });
});

describe('drover migrate env', () => {
  it('reads the environment', async () => {
    const { json } = await migrate({}, ['env', '--json'], {
      environment: { VAST_IDLE_THRESHOLD: '900', HOME: '/root' },
    });
    expect(json()).toMatchObject({
      fleet: { idle: { providers: { vast: { idleThresholdSeconds: 900 } } } },
      leftovers: [],
    });
  });

  it('reads a file', async () => {
    const { out } = await migrate({ 'daemons.env': 'VAST_MIN_NODES=3\n' }, ['env', '--from', 'daemons.env']);
    expect(out).toContain('      retain: 3');
  });

  it('reads standard input', async () => {
    const { out } = await migrate({}, ['env', '--from', '-'], {
      readSecret: async () => 'VAST_MIN_NODES=3\n',
    });
    expect(out).toContain('      retain: 3');
  });
});
