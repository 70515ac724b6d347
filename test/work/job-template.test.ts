import { describe, expect, it } from 'vitest';
import { jobTemplateSchema } from '../../lib/work/job-template.ts';

const problemsOf = (fields: object): string[] => {
  const parsed = jobTemplateSchema.safeParse({ jobType: 'selfplay', ...fields });
  return parsed.success
    ? []
    : parsed.error.issues.map(({ path, message }) => `${path.join('.')}: ${message}`);
};

describe('a job template', () => {
  it('may leave the program to the node', () => {
    expect(problemsOf({})).toEqual([]);
  });

  it.each([
    ['an argument', { command: ['/p', '{games}'] }, 'command.1: {games} is no parameter'],
    [
      "an output's name",
      { outputs: [{ glob: '*', kind: 'games', name: '{b}' }] },
      'outputs.0.name: {b} is no',
    ],
    [
      'the program',
      { command: ['/p/{x}'], parameters: { x: { type: 'string' } } },
      'command.0: {x} cannot stand in the program',
    ],
  ])('refuses a placeholder in %s that nothing declares or may fill', (_where, fields, message) => {
    expect(problemsOf(fields)).toEqual([expect.stringContaining(message)]);
  });

  it.each([
    [{ type: 'integer', maximum: 5, default: 6 }],
    [{ type: 'number', minimum: 1, default: 0.5 }],
    [{ type: 'string', default: '-x' }],
    [{ type: 'string', oneOf: ['a'], default: 'b' }],
  ])('refuses a default that the parameter itself does not allow: %j', (parameter) => {
    expect(problemsOf({ parameters: { p: parameter } })).toEqual([
      expect.stringContaining('parameters.p.default: must be '),
    ]);
  });
});
