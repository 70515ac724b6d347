import { readFileSync } from 'node:fs';
import { root } from '../docs/pages.ts';

/** A Python program that docs/users/migrating.md shows. */
interface PageExample {
  /** What its first line calls it. */
  readonly name: string;
  readonly code: string;
}

/** Every block of Python on the page, in its order. */
const readExamples = (): PageExample[] =>
  [...readFileSync(`${root}/docs/users/migrating.md`, 'utf8').matchAll(/^```python\n([\s\S]*?)^```$/gm)].map(
    ([, code = '']) => ({ name: /^# (\w+\.py)\n/.exec(code)?.[1] ?? 'without a name', code }),
  );

export type { PageExample };
export { readExamples };
