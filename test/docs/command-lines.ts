import type { Page } from './pages.ts';

/** A command line as a page shows it. */
interface CommandLine {
  readonly page: string;
  readonly line: number;
  readonly text: string;
  /** In running text, where a command is often only named. */
  readonly inline: boolean;
}

/** Lines of code blocks (fenced, or indented by four) and inline code. */
const codeOf = (line: string, inBlock: boolean): string[] =>
  inBlock || line.startsWith('    ')
    ? [line]
    : [...line.matchAll(/`([^`]+)`/g)].map((match) => match[1] ?? '');

const withoutComment = (code: string): string => code.replace(/\s+# .*$/, '').trim();

/** What a generator wrote from the program itself is held to it by the generator's own test. */
const withoutGenerated = (text: string): string =>
  text.replaceAll(/<!-- begin[\s\S]*?<!-- end[^>]*-->/g, (generated) => generated.replaceAll(/[^\n]/g, ''));

/**
 * Every line of code in `page` that begins with `program`. A line with `…` stands for something and is no command to try.
 */
const findCommandLines = (page: Page, program: RegExp): CommandLine[] => {
  let inBlock = false;
  return withoutGenerated(page.text)
    .split('\n')
    .flatMap((line, index) => {
      if (line.trimStart().startsWith('```')) {
        inBlock = !inBlock;
        return [];
      }
      return codeOf(line, inBlock)
        .map((code) => withoutComment(code.trim().replace(/^\$ /, '')))
        .filter((code) => program.test(code) && !code.includes('…'))
        .map((text) => ({
          page: page.path,
          line: index + 1,
          text,
          inline: !inBlock && !line.startsWith('    '),
        }));
    });
};

/** Splits as a shell does: quotes group, pipes and redirections end the command. */
const splitWords = (text: string): string[] =>
  [...text.replace(/\s(?:\||>|&&|;)\s.*$/, '').matchAll(/(?:[^\s"']+|"[^"]*"|'[^']*')+/g)].map((match) =>
    match[0].replaceAll(/"([^"]*)"|'([^']*)'/g, (_quoted, double, single) => double ?? single),
  );

export type { CommandLine };
export { findCommandLines, splitWords };
