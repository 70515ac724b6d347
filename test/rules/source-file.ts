import { stripTypeScriptTypes } from 'node:module';
import { posix } from 'node:path';
import { init, parse } from 'es-module-lexer';

/** One import or re-export of a file. */
interface ImportedModule {
  readonly specifier: string;
  /** The path inside the repository for a relative import; undefined for packages and built-in modules. */
  readonly path: string | undefined;
  readonly line: number;
  /** Erased at run time: `import type`, `export type … from`. */
  readonly typeOnly: boolean;
}

/** A source file as the rules see it. */
interface SourceFile {
  /** From the repository root, with `/`. */
  readonly path: string;
  readonly text: string;
  /** The same length as `text`, with types blanked out: what Node runs. */
  readonly executable: string;
  readonly imports: readonly ImportedModule[];
}

/** What a rule found, and how to mend it. */
interface Violation {
  readonly rule: string;
  readonly path: string;
  readonly line: number;
  readonly message: string;
}

await init;

const lineOf = (text: string, index: number): number => text.slice(0, index).split('\n').length;

const resolveImport = (from: string, specifier: string): string | undefined => {
  const path = specifier.startsWith('.') ? posix.join(posix.dirname(from), specifier) : undefined;
  // A file inside a package that its exports do not offer: still a package.
  return path?.startsWith('node_modules/') ? undefined : path;
};

/** `import type … from 'x'` and `export type … from 'x'`: the formatter starts each at the beginning of a line. */
const TYPE_IMPORT = /^(?:import|export) type [^;'"]*? from '([^']+)'/gm;

const typeImports = (path: string, text: string): ImportedModule[] =>
  [...text.matchAll(TYPE_IMPORT)].map((match) => {
    const specifier = match[1] ?? '';
    return {
      specifier,
      path: resolveImport(path, specifier),
      line: lineOf(text, match.index),
      typeOnly: true,
    };
  });

const valueImports = (path: string, executable: string): ImportedModule[] =>
  parse(executable, path)[0].flatMap(({ n: specifier, s: start }) =>
    specifier === undefined
      ? []
      : [
          {
            specifier,
            path: resolveImport(path, specifier),
            line: lineOf(executable, start),
            typeOnly: false,
          },
        ],
  );

/**
 * Parses one file. Types are blanked by Node itself, position by position, so that lines stay true and what the
 * lexer sees is what runs.
 *
 * @throws SyntaxError when the file is not valid TypeScript that Node can run.
 */
const parseSource = (path: string, text: string): SourceFile => {
  const executable = path.endsWith('.ts') ? stripTypeScriptTypes(text, { mode: 'strip' }) : text;
  return {
    path,
    text,
    executable,
    imports: [...valueImports(path, executable), ...typeImports(path, text)],
  };
};

export type { ImportedModule, SourceFile, Violation };
export { lineOf, parseSource };
