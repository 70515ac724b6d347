import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import * as z from 'zod';
import { type CommandLine, findCommandLines, splitWords } from './command-lines.ts';
import { readPages, root } from './pages.ts';
import { namesCommand, tryCommand } from './try-command.ts';

/** What a reader puts in for himself. */
const fillIn = (word: string): string =>
  word
    .replace(/<nodeId>/, 'n-0123456789ab')
    .replace(/<workId>/, 'w-0123456789ab')
    .replace(/<url>/, 'http://127.0.0.1:4566')
    .replace(/<[^>]+>/, 'example');

const pages = await readPages();
const linesOf = (program: RegExp): CommandLine[] => pages.flatMap((page) => findCommandLines(page, program));

/** `accepted` also when running text only names a command that exists. */
const judge = ({ text, inline }: CommandLine): Promise<string> => {
  const words = splitWords(text).map(fillIn);
  const parameters = words.slice(words.indexOf('drover') + 1);
  return inline && namesCommand(parameters) ? Promise.resolve('accepted') : tryCommand(parameters);
};

describe('command lines of the documentation', () => {
  const lines = linesOf(/^(npx )?drover [a-z-]/);

  it.each(lines)('[events#5-33] exist as shown: $page:$line $text', async (line) => {
    expect(await judge(line)).toBe('accepted');
  });

  it.each(linesOf(/^npm run [a-z]/))('are scripts of package.json: $page:$line $text', ({ text }) => {
    const { scripts } = z
      .object({ scripts: z.record(z.string(), z.string()) })
      .parse(JSON.parse(readFileSync(`${root}/package.json`, 'utf8')));
    expect(Object.keys(scripts)).toContain(splitWords(text)[2]);
  });

  it('are refused when a command or an option does not exist', async () => {
    expect(await tryCommand(['artifacts', 'push'])).toContain('unknown command');
    expect(await tryCommand(['nodes', 'list', '--all-of-them'])).toContain('unknown option');
    expect(namesCommand(['dlq', 'list|drop'])).toBe(false);
  });
});
