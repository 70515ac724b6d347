import { describe, expect, it } from 'vitest';
import { parseSource } from './source-file.ts';
import { checkStyle } from './style.ts';

const check = (path: string, text: string): string[] =>
  checkStyle([parseSource(path, text)]).map(({ rule, line }) => `${rule}:${line}`);

// Put together here, so that this file does not break the rules that it tests.
const SKIP = ['it', 'skip'].join('.');
const ONLY = ['describe', 'only'].join('.');
const MOCK = ['vi', 'mock'].join('.');
const LATER = ['TO', 'DO'].join('');

describe('checkStyle', () => {
  it.each([
    ['the environment in lib', 'lib/a.ts', 'const a = process.env["A"];', 'lib-environment:1'],
    ['the time in lib', 'lib/a.ts', '\nconst a = Date.now();', 'lib-clock:2'],
    ['a date of now in lib', 'lib/a.ts', 'const a = new Date();', 'lib-clock:1'],
    ['randomness in lib', 'lib/a.ts', 'const a = Math.random();', 'lib-random:1'],
    ['a skipped test', 'test/a.test.ts', `${SKIP}('a', () => {});`, 'no-skipped-tests:1'],
    ['a lonely test', 'test/a.test.ts', `${ONLY}('a', () => {});`, 'no-skipped-tests:1'],
    [
      '[sync#L17] [health-and-idle#12-26] a mocked module',
      'test/a.test.ts',
      `${MOCK}('./a.ts');`,
      'no-module-mocks:1',
    ],
    ['unfinished work', 'agent/a.ts', `const a = 1;\n// ${LATER} more`, 'no-unfinished-work:2'],
    ['a cast', 'cli/a.ts', 'const a = b as string;', 'no-casts:1'],
    ['a cast to any', 'cli/a.ts', 'const a = (b as any).c;', 'no-casts:1'],
    ['a file without a subject', 'lib/nodes/utils.ts', 'export const a = 1;', 'file-name:1'],
    ['a long file', 'lib/a.ts', 'f();\n'.repeat(251), 'file-length:250'],
    ['a long test', 'test/a.ts', 'f();\n'.repeat(401), 'file-length:400'],
  ])('refuses %s', (_title, path, text, expected) => {
    expect(check(path, text)).toEqual([expected]);
  });

  it.each([
    ['as const', 'lib/a.ts', "const a = ['b'] as const;"],
    ['the word as in a comment', 'lib/a.ts', '// the same as before\nconst a = 1; // as it was'],
    [
      'the word as in a docstring of a type',
      'lib/a.ts',
      'interface A {\n  /** `b` as sent */\n  b: string;\n}',
    ],
    ['a renamed import', 'lib/a.ts', "import { type B, c as d } from './b.ts';"],
    ['a parsed date in lib', 'lib/a.ts', 'const a = new Date(timestamp);'],
    ['the word Date.now in a comment', 'lib/a.ts', '/** never Date.now() */\nconst a = 1;'],
    ['the clock itself', 'lib/time.ts', 'const now = () => new Date();'],
    ['the environment at an edge', 'cli/a.ts', 'const a = process.env["A"];'],
    ['a file of 250 lines', 'lib/a.ts', 'f();\n'.repeat(250)],
  ])('accepts %s', (_title, path, text) => {
    expect(check(path, text)).toEqual([]);
  });
});
