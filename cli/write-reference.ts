import { readFile, writeFile } from 'node:fs/promises';
import { replaceTable } from './command-reference.ts';
import { buildProgram } from './program.ts';
import { VERSION } from './version.ts';

/** Writes the table of commands into docs/users/cli.md. */
const page = new URL('../docs/users/cli.md', import.meta.url);

const program = buildProgram(
  {
    openSession: () => {
      throw new Error('the reference runs no command');
    },
    finish: () => {},
  },
  VERSION,
);
await writeFile(page, replaceTable(await readFile(page, 'utf8'), program));
