import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { KEEP_REASONS } from '../../lib/idle/idle-reason.ts';
import { REASON_MEANINGS } from '../../lib/idle/reason-meanings.ts';
import { MAY_LOSE_MEANINGS, STEP_MEANINGS } from '../../lib/idle/step-meanings.ts';
import { root } from './pages.ts';

const page = readFileSync(`${root}/docs/users/idle-shutdown.md`, 'utf8');

describe('the tables of docs/users/idle-shutdown.md', () => {
  it('have every reason that keeps a node, in the order in which it counts, with the setting of its limit', () => {
    const rows = KEEP_REASONS.map((reason) => {
      const { text, setting } = REASON_MEANINGS[reason];
      return `| \`${reason}\` | ${text} | ${setting === undefined ? '' : `\`${setting}\``} |`;
    });
    expect(page).toContain(rows.join('\n'));
  });

  it.each([
    ['every step of a drain and of a termination', STEP_MEANINGS],
    ['all that speaks against the end of a node with data', MAY_LOSE_MEANINGS],
  ])('have %s', (_, meanings) => {
    const rows = Object.entries(meanings).map(([reason, text]) => `| \`${reason}\` | ${text} |`);
    expect(page).toContain(rows.join('\n'));
  });
});
