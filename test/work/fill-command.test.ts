import { describe, expect, it } from 'vitest';
import { fillCommand } from '../../lib/work/fill-command.ts';
import { jobTemplateSchema } from '../../lib/work/job-template.ts';
import { resolveParameters } from '../../lib/work/resolve-parameters.ts';

const template = jobTemplateSchema.parse({
  jobType: 'selfplay',
  command: ['/opt/play', '--games={games}', '{board}', '--', '{mode}{games}', '{seed}'],
  parameters: {
    games: { type: 'integer', minimum: 1, maximum: 100, default: 10 },
    board: { type: 'string', default: 'hex8' },
    mode: { type: 'string', oneOf: ['fast', '--slow', '{games}', ''], default: 'fast' },
    seed: { type: 'integer', default: 1 },
  },
});
const fill = (given: Readonly<Record<string, string | number | boolean>>): readonly string[] =>
  fillCommand(template.command ?? ['/none'], resolveParameters(template, given));

describe('the command of a template with its parameters', () => {
  it('has the defaults where nothing is given', () => {
    expect(fill({})).toEqual(['/opt/play', '--games=10', 'hex8', '--', 'fast10', '1']);
  });

  it('never reads a value as a placeholder', () => {
    expect(fill({ mode: '{games}' })[4]).toBe('{games}10');
  });

  it.each([
    ['an option', { board: '-rf' }],
    ['a long option', { board: '--exec=rm' }],
    ['two words', { board: 'hex8 --exec' }],
    ['a tab', { board: 'hex8\t9' }],
    ['a command for a shell', { board: '$(reboot)' }],
    ['another command for a shell', { board: 'a;reboot' }],
    ['backquotes', { board: '`reboot`' }],
    ['a second line', { board: 'hex8\n--exec' }],
    ['a last line break', { board: 'hex8\n' }],
    ['a zero byte', { board: 'hex8\0' }],
    ['nothing', { board: '' }],
    ['quotes', { board: '"hex8"' }],
    ['a glob', { board: '*' }],
    ['a home folder', { board: '~/x' }],
    ['a word that is not on the list', { mode: 'slow' }],
    ['text for a number', { games: '5' }],
    ['a fraction for a whole number', { games: 1.5 }],
    ['more than the maximum', { games: 101 }],
    ['less than the minimum', { games: 0 }],
    ['not a number', { games: Number.NaN }],
    ['an unknown name', { gmaes: 5 }],
    ['a name of every object', { constructor: 'x' }],
    ['an option of the list as an argument of its own', { mode: '--slow' }],
    ['a negative number as an argument of its own', { seed: -1 }],
  ])('refuses %s as a value', (_what, given) => {
    expect(() => fill(given)).toThrow(/parameter|option/);
  });

  it.each(['a-b', 'a/b.c', '/abs', 'k=v', 'a:b', '@file', 'a,b', '+1', '.hidden', '9'])(
    'takes %s as a plain word',
    (board) => {
      expect(fill({ board })[2]).toBe(board);
    },
  );
});
