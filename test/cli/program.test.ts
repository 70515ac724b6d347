import type { Command } from 'commander';
import { describe, expect, it } from 'vitest';
import { buildProgram } from '../../cli/program.ts';
import { runCli } from '../../cli/run.ts';
import { createTestIo } from './support/test-io.ts';

const program = buildProgram(
  {
    openSession: () => {
      throw new Error('not run');
    },
    finish: () => {},
  },
  '0.0.0',
);

const pathsOf = (command: Command, path: readonly string[] = []): string[][] =>
  command.commands.length === 0
    ? [[...path]]
    : command.commands.flatMap((child) => pathsOf(child, [...path, child.name()]));

describe('drover --help', () => {
  it.each(pathsOf(program).map((path) => [path.join(' '), path] as const))(
    'shows examples of %s',
    async (name, path) => {
      const test = createTestIo();
      expect(await runCli([...path, '--help'], test.io)).toBe(0);
      expect(test.out()).toContain('Examples:');
      expect(test.out()).toContain(`$ drover ${name}`);
      expect(test.out()).toContain('--json');
    },
  );

  it.each(
    program.commands
      .filter(({ commands }) => commands.length > 0)
      .map((group) => [group.name(), group] as const),
  )('shows two examples of the commands of %s', async (name, group) => {
    const test = createTestIo();

    expect(await runCli([name, '--help'], test.io)).toBe(0);

    const examples = [...test.out().matchAll(/^ {2}\$ drover (\S+) (\S+)/gm)];
    expect(examples).toHaveLength(2);
    const names = group.commands.map((command) => command.name());
    for (const [, shownGroup, command] of examples) {
      expect(shownGroup).toBe(name);
      expect(names).toContain(command);
    }
  });

  it('takes --json before and behind the command', async () => {
    for (const args of [
      ['--json', 'status'],
      ['status', '--json'],
    ]) {
      const test = createTestIo();
      expect(await runCli(args, test.io)).toBe(3);
      expect(JSON.parse(test.error())).toMatchObject({ error: { code: 'not-connected' } });
    }
  });

  it('says its version', async () => {
    const test = createTestIo();
    expect(await runCli(['--version'], test.io)).toBe(0);
    expect(test.out()).toMatch(/^\d+\.\d+\.\d+\n$/);
  });
});
