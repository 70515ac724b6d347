import { glob, readFile } from 'node:fs/promises';
import { fileURLToPath } from 'node:url';

const root = fileURLToPath(new URL('../..', import.meta.url));

interface Page {
  /** From the repository root. */
  readonly path: string;
  readonly text: string;
}

/** Every page that people read: the ones at the top, docs/ and bench/. */
const readPages = async (): Promise<Page[]> => {
  const pages: Page[] = [];
  for await (const path of glob(['*.md', 'docs/**/*.md', 'bench/**/*.md'], { cwd: root })) {
    pages.push({ path, text: await readFile(`${root}/${path}`, 'utf8') });
  }
  return pages.toSorted((one, other) => one.path.localeCompare(other.path));
};

export type { Page };
export { readPages, root };
