import * as z from 'zod';
import { PermanentError } from '../../lib/errors.ts';
import { openPlainFile } from './open-plain-file.ts';

/** What a program writes of what it did, as a report carries it. */
const evidenceSchema = z.record(z.string().max(64), z.union([z.string().max(1024), z.number(), z.boolean()]));
type Evidence = z.infer<typeof evidenceSchema>;

const MAX_RESULT_BYTES = 64 * 1024;

const readSmallFile = async (path: string): Promise<string | undefined> => {
  const handle = await openPlainFile(path);
  if (handle === undefined) return undefined;
  try {
    const { size } = await handle.stat();
    if (size > MAX_RESULT_BYTES) {
      throw new PermanentError(`the result file has ${size} bytes: at most ${MAX_RESULT_BYTES} are read`);
    }
    return await handle.readFile('utf8');
  } finally {
    await handle.close();
  }
};

/**
 * What the result file says; undefined when there is none.
 * @throws PermanentError when it is not one JSON object of texts, numbers and truths
 */
const readResult = async (path: string): Promise<Evidence | undefined> => {
  const text = await readSmallFile(path);
  if (text === undefined) return undefined;
  let raw: unknown;
  try {
    raw = JSON.parse(text);
  } catch (error) {
    throw new PermanentError('the result file is no JSON', { cause: error });
  }
  const parsed = evidenceSchema.safeParse(raw);
  if (parsed.success) return parsed.data;
  const where = parsed.error.issues[0]?.path.join('.') ?? '';
  throw new PermanentError(
    `the result file must be one object of texts (at most 1024 characters), numbers and true or false${where === '' ? '' : `; ${where} is none`}`,
  );
};

export { readResult };
