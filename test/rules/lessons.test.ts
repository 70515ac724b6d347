import { describe, expect, it } from 'vitest';
import { checkLessons, digestOf, type Lessons } from './lessons.ts';
import { parseSource } from './source-file.ts';

// Put together here, so that the planted titles are no mentions themselves.
const titled = (...ids: string[]) =>
  parseSource('test/a.test.ts', `\nit('does it ${['[', ids.join(', '), ']'].join('')}', () => {});`);

const lessons = (entries: Lessons['document']['lessons'], sheetIds?: string[]): Lessons => ({
  document: { idsSha256: digestOf(Object.keys(entries)), lessons: entries },
  sheetIds,
});
const tested = { title: 'a lesson', status: 'test' } as const;
const later = { title: 'a lesson', status: 'later', feature: 'idle', issue: 4 } as const;

describe('checkLessons', () => {
  it('accepts a tested lesson whose test names it', () => {
    expect(checkLessons(lessons({ 'sync#L1': tested, 'sync#L2': later }), [titled('sync#L1')])).toEqual([]);
  });

  it('accepts two ids in one title', () => {
    expect(
      checkLessons(lessons({ 'sync#L1': tested, 'events#6-1': tested }), [titled('sync#L1', 'events#6-1')]),
    ).toEqual([]);
  });

  it('refuses a tested lesson that no test names', () => {
    expect(checkLessons(lessons({ 'sync#L1': tested }), [titled('sync#L12')])[0]?.message).toContain(
      'no test title has',
    );
  });

  it('refuses a mention in a comment as a test', () => {
    const commented = parseSource('test/a.test.ts', `// ${['[', 'sync#L1', ']'].join('')}`);
    expect(checkLessons(lessons({ 'sync#L1': tested }), [commented])).toHaveLength(1);
  });

  it('refuses a title whose lesson is not marked as tested', () => {
    const [found] = checkLessons(lessons({ 'sync#L1': later }), [titled('sync#L1')]);
    expect(found).toMatchObject({ path: 'test/a.test.ts', line: 2 });
  });

  it('refuses a title whose lesson does not exist', () => {
    expect(checkLessons(lessons({}), [titled('sync#L99')])[0]?.message).toContain('is no lesson');
  });

  it('refuses a lesson of the sheets without an entry, and an entry that no sheet has', () => {
    const found = checkLessons(lessons({ 'sync#L1': later }, ['sync#L2']), []).map(({ message }) => message);
    expect(found).toHaveLength(2);
    expect(found[0]).toContain('sync#L2 has no entry');
    expect(found[1]).toContain('sync#L1 is in no reference sheet');
  });

  it('refuses a vanished entry also where the sheets are not at hand', () => {
    const all = lessons({ 'sync#L1': later, 'sync#L2': later });
    const found = checkLessons(
      { document: { ...all.document, lessons: { 'sync#L1': later } }, sheetIds: undefined },
      [],
    );
    expect(found[0]?.message).toContain('the ids changed');
  });
});
