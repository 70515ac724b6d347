import { glob, readFile } from 'node:fs/promises';
import { parseSource, type SourceFile } from './source-file.ts';

const SOURCES = '{compat,infra,functions,lib,agent,cli,local,test,bench}/**/*.{ts,js}';
const ROOT_FILES = '*.{ts,js}';

/**
 * Reads every source file of the repository at `root`, sorted by path.
 *
 * @throws Error when a file cannot be read or parsed; its path is in the message.
 */
const readSources = async (root: string): Promise<SourceFile[]> => {
  const paths: string[] = [];
  for await (const path of glob([SOURCES, ROOT_FILES], { cwd: root })) {
    paths.push(path.replaceAll('\\', '/'));
  }
  return Promise.all(
    paths.toSorted().map(async (path) => {
      try {
        return parseSource(path, await readFile(`${root}/${path}`, 'utf8'));
      } catch (error) {
        throw new Error(`${path} could not be read as a source file`, { cause: error });
      }
    }),
  );
};

export { readSources };
