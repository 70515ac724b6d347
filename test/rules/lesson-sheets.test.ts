import { describe, expect, it } from 'vitest';
import { deriveIds } from './lesson-sheets.ts';

const section = { sheet: 'sync', file: 'sheet.md', prefix: '7', heading: '## 7.' } as const;
const sheet = (body: string): string =>
  `## 6. Before\n9. no\n\n## 7. Lessons\n${body}\n\n## 8. After\n8. no\n`;

describe('deriveIds', () => {
  it.each([
    ['numbered-lines', '1. one\n   more 2. of it\n2. two', ['sync#7-1', 'sync#7-2']],
    ['numbered-inline', '1 one of 3 things; 2 two;\n3 three', ['sync#7-1', 'sync#7-2', 'sync#7-3']],
    ['numbered-inline', '1. One? 2. Two (v1). 3. Three', ['sync#7-1', 'sync#7-2', 'sync#7-3']],
    ['dots', 'one · two · three', ['sync#7-1', 'sync#7-2', 'sync#7-3']],
    ['letters', 'Defects: (a) one; (b) two', ['sync#7-a', 'sync#7-b']],
    ['bullets', '- one\n  more\n- two', ['sync#7-1', 'sync#7-2']],
  ] as const)('reads %s from %j', (style, body, ids) => {
    expect(deriveIds({ ...section, style }, sheet(body))).toEqual(ids);
  });

  it('takes points that carry their own name', () => {
    expect(deriveIds({ ...section, prefix: '', style: 'l-numbers' }, sheet('L1 one\nL2 two'))).toEqual([
      'sync#L1',
      'sync#L2',
    ]);
  });

  it('refuses a section that is gone', () => {
    expect(() => deriveIds({ ...section, heading: '## 9.', style: 'dots' }, sheet('a · b'))).toThrow(
      /mend lessonSections/,
    );
  });
});
