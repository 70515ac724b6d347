import { existsSync, readFileSync } from 'node:fs';
import { posix } from 'node:path';
import { describe, expect, it } from 'vitest';
import { type Page, readPages, root } from './pages.ts';

/** The anchor that a heading gets on GitHub. */
const anchorOf = (heading: string): string =>
  heading
    .toLowerCase()
    .replaceAll(/[^\p{L}\p{N} _-]/gu, '')
    .replaceAll(' ', '-');

const anchorsOf = (text: string): string[] =>
  [...text.matchAll(/^#+ (.+)$/gm)].map((match) => anchorOf(match[1] ?? ''));

const brokenLinks = ({ path, text }: Page): string[] =>
  [...text.matchAll(/\]\(([^)\s]+)\)/g)]
    .map((match) => match[1] ?? '')
    .filter((target) => !/^[a-z]+:/.test(target))
    .filter((target) => {
      const [file = '', anchor] = target.split('#');
      const linked = file === '' ? path : posix.join(posix.dirname(path), file);
      if (!existsSync(`${root}/${linked}`)) {
        return true;
      }
      return anchor !== undefined && !anchorsOf(readFileSync(`${root}/${linked}`, 'utf8')).includes(anchor);
    });

const pages = await readPages();

describe('links of the documentation', () => {
  it.each(pages)('resolve in $path', (page) => {
    expect(brokenLinks(page)).toEqual([]);
  });

  it('lead from the index to every page of docs/', () => {
    const index = pages.find(({ path }) => path === 'docs/README.md')?.text ?? '';
    const unlisted = pages
      .map(({ path }) => path)
      .filter((path) => path.startsWith('docs/') && path !== 'docs/README.md')
      .filter((path) => !index.includes(`](${path.slice('docs/'.length)})`));
    expect(unlisted).toEqual([]);
  });
});
