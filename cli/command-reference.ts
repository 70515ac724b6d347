import type { Command } from 'commander';

const BEGIN = '<!-- begin: made by `npm run cli-reference` -->';
const END = '<!-- end -->';

const escapeCell = (text: string): string => text.replaceAll('|', '\\|');

const leaves = (command: Command): Command[] =>
  command.commands.length === 0 ? [command] : command.commands.flatMap(leaves);

const fullUsage = (command: Command): string => {
  const names: string[] = [];
  for (let at: Command | null = command; at; at = at.parent) names.unshift(at.name());
  const args = command.registeredArguments.map((argument) => {
    const name = argument.variadic ? `${argument.name()}...` : argument.name();
    return argument.required ? `<${name}>` : `[${name}]`;
  });
  return [...names, ...args].join(' ');
};

/** The table of all commands, from the program itself, so that the page cannot say what the command does not do. */
const commandTable = (program: Command): string =>
  [
    '| command | what it does | options |',
    '| --- | --- | --- |',
    ...leaves(program).map((command) => {
      const options = command.options.map(({ flags }) => `\`${flags}\``).join(' ');
      return `| \`${fullUsage(command)}\` | ${escapeCell(command.description())} | ${escapeCell(options)} |`;
    }),
  ].join('\n');

/** `page` with a fresh table between its two marks. @throws Error when a mark is missing */
const replaceTable = (page: string, program: Command): string => {
  const begin = page.indexOf(BEGIN);
  const end = page.indexOf(END, begin);
  if (begin < 0 || end < 0) throw new Error(`the page lacks the marks ${BEGIN} and ${END}`);
  return `${page.slice(0, begin + BEGIN.length)}\n\n${commandTable(program)}\n\n${page.slice(end)}`;
};

export { commandTable, replaceTable };
