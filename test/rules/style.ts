import { lineOf, type SourceFile, type Violation } from './source-file.ts';

const MAX_LINES = 250;
/** Table tests and scenarios are long by nature, but a reader still has to find his way. */
const MAX_TEST_LINES = 400;

const isTest = (path: string): boolean => path.startsWith('test/');
const isTypeScript = (path: string): boolean => path.endsWith('.ts');

/** A line that is (or ends in) a comment before `index`: words in prose are no code. */
const isInComment = (text: string, index: number): boolean => {
  const start = text.lastIndexOf('\n', index - 1) + 1;
  const before = text.slice(start, index);
  return /^\s*(\*|\/\*)/.test(before) || /(^|\s)\/\/ /.test(before);
};

interface TextRule {
  readonly rule: string;
  readonly applies: (path: string) => boolean;
  readonly pattern: RegExp;
  readonly message: string;
}

const isLib = (path: string): boolean => path.startsWith('lib/');

const textRules: readonly TextRule[] = [
  {
    rule: 'lib-environment',
    applies: isLib,
    pattern: /\bprocess\.env\b/g,
    message: 'reads the environment: the edge reads it once and passes the value in',
  },
  {
    rule: 'lib-clock',
    // systemClock is the one place where time comes from.
    applies: (path) => isLib(path) && path !== 'lib/time.ts',
    pattern: /\bDate\.now\(|\bnew Date\(\s*\)|\bsetTimeout\(|\bsetInterval\(/g,
    message: 'takes the time by itself: use the Clock that is passed in',
  },
  {
    rule: 'lib-random',
    // systemIds is the one place where randomness comes from.
    applies: (path) => isLib(path) && path !== 'lib/ids.ts',
    pattern: /\bMath\.random\(|\brandomUUID\(|\brandomBytes\(|\brandomInt\(/g,
    message: 'makes its own randomness: use the IdSource that is passed in',
  },
  {
    rule: 'no-skipped-tests',
    applies: (path) => path.endsWith('.test.ts'),
    pattern: /\b(?:it|test|describe)\.(?:skip|only|todo|skipIf|runIf|fails)\b/g,
    message: 'leaves a test out: run it, or delete it',
  },
  {
    // The replaced system's tests mocked the very calls that did not exist.
    rule: 'no-module-mocks',
    applies: (path) => path.startsWith('test/'),
    pattern: /\bvi\.(?:mock|doMock|hoisted)\(/g,
    message: 'replaces a module: pass a port in, and fake only the outermost edge',
  },
  {
    rule: 'no-unfinished-work',
    applies: () => true,
    pattern: /\/[/*][^\n]*\b(?:T[O]DO|FIX[M]E|XX[X]|H[A]CK)\b/g,
    message: 'marks unfinished work: do it, or write it into an issue',
  },
];

const checkText = (file: SourceFile): Violation[] =>
  textRules
    .filter(({ applies }) => applies(file.path))
    .flatMap(({ rule, pattern, message }) =>
      [...file.executable.matchAll(pattern)]
        .filter((match) => rule === 'no-unfinished-work' || !isInComment(file.executable, match.index))
        .map((match) => ({
          rule,
          path: file.path,
          line: lineOf(file.text, match.index),
          message: `${match[0].trim()} ${message}`,
        })),
    );

/** A type assertion is what the type stripper blanks behind the word `as`; `as const` is fine, and so are words of types. */
const checkCasts = (file: SourceFile): Violation[] =>
  [...file.text.matchAll(/[\w)\]}'"`] as (?!const\b)/g)]
    .map((match) => match.index + 2)
    .filter(
      (index) =>
        isTypeScript(file.path) &&
        file.executable.slice(index, index + 2) === '  ' &&
        // The line itself survives the stripping: not within an interface, a type or an `import type`.
        file.executable.slice(file.text.lastIndexOf('\n', index) + 1, index).trim() !== '' &&
        !isInComment(file.text, index),
    )
    .map((index) => ({
      rule: 'no-casts',
      path: file.path,
      line: lineOf(file.text, index),
      message:
        'casts with `as`: parse the value with a schema, narrow it, or give it its type where it is made',
    }));

const checkLength = (file: SourceFile): Violation[] => {
  const lines = file.text.trimEnd().split('\n').length;
  const limit = isTest(file.path) ? MAX_TEST_LINES : MAX_LINES;
  return lines <= limit
    ? []
    : [
        {
          rule: 'file-length',
          path: file.path,
          line: limit,
          message: `has ${lines} lines, at most ${limit} are allowed: a file is about one thing, split it`,
        },
      ];
};

const checkName = ({ path }: SourceFile): Violation[] =>
  /(^|\/)(utils?|helpers?|misc|common)\.(ts|js)$/.test(path)
    ? [
        {
          rule: 'file-name',
          path,
          line: 1,
          message: 'says nothing about its content: name the file after the one thing that it is about',
        },
      ]
    : [];

/** What a machine can check of docs/contributors: purity of lib/, no casts, no skipped tests, length and names of files. */
const checkStyle = (files: readonly SourceFile[]): Violation[] =>
  files.flatMap((file) => [
    ...checkText(file),
    ...checkCasts(file),
    ...checkLength(file),
    ...checkName(file),
  ]);

export { checkStyle };
