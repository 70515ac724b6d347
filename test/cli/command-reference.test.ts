import { readFile } from 'node:fs/promises';
import { describe, expect, it } from 'vitest';
import { commandTable, replaceTable } from '../../cli/command-reference.ts';
import { buildProgram } from '../../cli/program.ts';

const program = buildProgram(
  {
    openSession: () => {
      throw new Error('not run');
    },
    finish: () => {},
  },
  '0.0.0',
);

describe('commandTable', () => {
  it('[events#5-33] is in docs/users/cli.md as the program is: else run `npm run cli-reference`', async () => {
    const page = await readFile(new URL('../../docs/users/cli.md', import.meta.url), 'utf8');
    expect(page).toBe(replaceTable(page, program));
  });

  it('has a line for a command of a group, with its arguments and options', () => {
    expect(commandTable(program)).toMatch(
      /\| `drover artifacts publish <file>` \| .* \| .*`--label <key=value>` \|/,
    );
  });
});

describe('replaceTable', () => {
  it('refuses a page without marks', () => {
    expect(() => replaceTable('# nothing', program)).toThrow('lacks the marks');
  });
});
