import { readFileSync } from 'node:fs';
import type { Command } from 'commander';
import { describe, expect, it } from 'vitest';
import { z } from 'zod';
import { buildProgram } from '../../cli/program.ts';
import { type CommandLine, findCommandLines, splitWords } from './command-lines.ts';
import { readPages, root } from './pages.ts';

class Accepted extends Error {}

/** Parses as the real command does, input schema included, and stops before it would connect anywhere. */
const tryCommand = async (words: readonly string[]): Promise<'accepted' | string> => {
  const program = buildProgram(
    {
      openSession: () => {
        throw new Accepted();
      },
      finish: () => {},
    },
    '0.0.0',
  );
  const quieten = (command: Command): void => {
    command.exitOverride().configureOutput({ writeOut: () => {}, writeErr: () => {} });
    command.commands.forEach(quieten);
  };
  quieten(program);
  try {
    await program.parseAsync([...words], { from: 'user' });
  } catch (error) {
    return error instanceof Accepted ? 'accepted' : String(error);
  }
  return 'did nothing';
};

/** What a reader puts in for himself. */
const fillIn = (word: string): string =>
  word
    .replace(/<nodeId>/, 'n-0123456789ab')
    .replace(/<url>/, 'http://127.0.0.1:4566')
    .replace(/<[^>]+>/, 'example');

const pages = await readPages();
const linesOf = (program: RegExp): CommandLine[] => pages.flatMap((page) => findCommandLines(page, program));

describe('command lines of the documentation', () => {
  it.each(linesOf(/^(npx )?drover [a-z-]/))(
    '[events#5-33] exist as shown: $page:$line $text',
    async ({ text }) => {
      const words = splitWords(text).map(fillIn);
      expect(await tryCommand(words.slice(words.indexOf('drover') + 1))).toBe('accepted');
    },
  );

  it.each(linesOf(/^npm run [a-z]/))('are scripts of package.json: $page:$line $text', ({ text }) => {
    const { scripts } = z
      .object({ scripts: z.record(z.string(), z.string()) })
      .parse(JSON.parse(readFileSync(`${root}/package.json`, 'utf8')));
    expect(Object.keys(scripts)).toContain(splitWords(text)[2]);
  });

  it('are refused when a command or an option does not exist', async () => {
    expect(await tryCommand(['artifacts', 'push'])).toContain('unknown command');
    expect(await tryCommand(['nodes', 'list', '--all-of-them'])).toContain('unknown option');
  });
});
