import { createHash } from 'node:crypto';
import * as z from 'zod';
import { lineOf, type SourceFile, type Violation } from './source-file.ts';

const futureFeature = {
  feature: z.enum(['providers', 'idle', 'health', 'work', 'sync', 'replication', 'migration']),
  issue: z.int().positive(),
};

const lessonSchema = z.discriminatedUnion('status', [
  /** A test has the id in its title, in brackets. `rest`: the part that a later feature has to test. */
  z.strictObject({
    title: z.string().min(1),
    status: z.literal('test'),
    rest: z.strictObject(futureFeature).optional(),
  }),
  /** It belongs to a feature that is not built yet; the issue that brings it. */
  z.strictObject({ title: z.string().min(1), status: z.literal('later'), ...futureFeature }),
  z.strictObject({ title: z.string().min(1), status: z.literal('not-applicable'), why: z.string().min(20) }),
]);

/** test/lessons.json. */
const lessonDocumentSchema = z.strictObject({
  /** Of the sorted ids, so that an entry cannot vanish unnoticed where the reference sheets are not at hand. */
  idsSha256: z.string(),
  lessons: z.record(z.string(), lessonSchema),
});

interface Lessons {
  readonly document: z.infer<typeof lessonDocumentSchema>;
  /** The ids as the reference sheets have them; undefined where the sheets are not at hand. */
  readonly sheetIds: readonly string[] | undefined;
}

const LESSONS_PATH = 'test/lessons.json';

const digestOf = (ids: readonly string[]): string =>
  createHash('sha256').update(ids.toSorted().join('\n')).digest('hex');

/** An id, or several with commas, in brackets: `[sync#L4]`, `[sync#13-7, events#6-1]`. */
const BRACKETS =
  /\[((?:events|sync|health-and-idle|providers)#[\w.-]+(?:, ?(?:events|sync|health-and-idle|providers)#[\w.-]+)*)\]/g;

interface Mention {
  readonly id: string;
  readonly path: string;
  readonly line: number;
}

/** The ids in the strings of test files: titles, and rows of `it.each` tables that become titles. */
const findMentions = (files: readonly SourceFile[]): Mention[] =>
  files
    .filter(({ path }) => path.endsWith('.test.ts'))
    .flatMap(({ path, text }) =>
      [...text.matchAll(BRACKETS)]
        .filter(({ index }) => /['"`]/.test(text.slice(text.lastIndexOf('\n', index) + 1, index)))
        .flatMap((match) =>
          (match[1] ?? '').split(/, ?/).map((id) => ({ id, path, line: lineOf(text, match.index) })),
        ),
    );

const violation = (path: string, line: number, message: string): Violation => ({
  rule: 'lessons',
  path,
  line,
  message,
});

const checkIds = ({ document, sheetIds }: Lessons): Violation[] => {
  const ids = Object.keys(document.lessons);
  const found: Violation[] = [];
  if (digestOf(ids) !== document.idsSha256) {
    found.push(
      violation(
        LESSONS_PATH,
        2,
        `the ids changed; if the reference sheets did, write idsSha256 "${digestOf(ids)}", else restore the entries`,
      ),
    );
  }
  if (sheetIds !== undefined) {
    for (const id of sheetIds.filter((candidate) => !ids.includes(candidate))) {
      found.push(violation(LESSONS_PATH, 1, `${id} has no entry: add it as test, later or not-applicable`));
    }
    for (const id of ids.filter((candidate) => !sheetIds.includes(candidate))) {
      found.push(violation(LESSONS_PATH, 1, `${id} is in no reference sheet: remove it or mend its id`));
    }
  }
  return found;
};

/**
 * Holds the promise of test/lessons.json: each lesson of the reference sheets has an entry, an entry `test` has a test
 * that names it, and a test names only lessons whose entry says so.
 */
const checkLessons = (lessons: Lessons, files: readonly SourceFile[]): Violation[] => {
  const mentions = findMentions(files);
  const entries = lessons.document.lessons;
  const untested = Object.entries(entries)
    .filter(([id, { status }]) => status === 'test' && !mentions.some((mention) => mention.id === id))
    .map(([id, { title }]) =>
      violation(
        LESSONS_PATH,
        1,
        `${id} (${title}) says test, but no test title has [${id}]: write the test, or change the entry`,
      ),
    );
  const unexpected = mentions
    .filter(({ id }) => entries[id]?.status !== 'test')
    .map(({ id, path, line }) =>
      violation(
        path,
        line,
        entries[id] === undefined
          ? `[${id}] is no lesson of ${LESSONS_PATH}: mend the id`
          : `[${id}] is tested here, but ${LESSONS_PATH} says ${entries[id].status}: change the entry to test`,
      ),
    );
  return [...checkIds(lessons), ...untested, ...unexpected];
};

export type { Lessons };
export { checkLessons, digestOf, lessonDocumentSchema };
