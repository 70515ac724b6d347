import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { auditActions } from '../../lib/audit/audit-actions.ts';
import { root } from '../docs/pages.ts';
import { readSources } from '../rules/read-sources.ts';

const page = readFileSync(`${root}/docs/operators/audit.md`, 'utf8');
const listed = [...page.matchAll(/^\| `([a-z]+(?:-[a-z]+)+)` \|/gm)].map(([, action]) => action);

describe('audit actions', () => {
  it('are verb-noun in kebab case, each once', () => {
    expect(new Set(auditActions).size).toBe(auditActions.length);
    for (const action of auditActions) expect(action).toMatch(/^[a-z]+(-[a-z]+)+$/);
  });

  it('are each written somewhere, else nobody needs the word', async () => {
    const code = (await readSources(root))
      .filter(({ path }) => /^(lib|cli|functions)\//.test(path) && !path.endsWith('audit-actions.ts'))
      .map(({ text }) => text)
      .join('\n');

    expect(auditActions.filter((action) => !code.includes(`'${action}'`))).toEqual([]);
  });

  it('are each explained in docs/operators/audit.md', () => {
    expect(listed.toSorted()).toEqual([...auditActions].sort());
  });
});
