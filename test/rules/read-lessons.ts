import { existsSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { deriveIds, lessonSections } from './lesson-sheets.ts';
import { type Lessons, lessonDocumentSchema } from './lessons.ts';

/** The reference sheets are not part of the repository; where they lie beside it, the ids are derived from them. */
const SHEETS_FOLDER = '../shared/reference';

/**
 * Reads test/lessons.json of the repository at `root`, and the ids of the reference sheets where these are at hand.
 *
 * @throws ZodError when the file has not the shape of `lessonDocumentSchema`.
 */
const readLessons = async (root: string): Promise<Lessons> => {
  const text = await readFile(`${root}/test/lessons.json`, 'utf8');
  const document = lessonDocumentSchema.parse(JSON.parse(text));
  const folder = `${root}/${SHEETS_FOLDER}`;
  if (!existsSync(folder)) {
    return { document, sheetIds: undefined };
  }
  const ids = await Promise.all(
    lessonSections.map(async (section) =>
      deriveIds(section, await readFile(`${folder}/${section.file}`, 'utf8')),
    ),
  );
  return { document, sheetIds: ids.flat() };
};

export { readLessons };
