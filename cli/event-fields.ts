import * as z from 'zod';
import { catalogue, isEventName } from '../lib/events/catalogue.ts';
import { envelopeSchema } from '../lib/events/envelope.ts';
import { UsageError } from './exit.ts';

const parseJson = (text: string): unknown => {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
};

const objectSchema = z.record(z.string(), z.unknown());

/** A word is a string where the catalogue takes one (`version=12`), else the JSON value that it spells (`minVerified=3`). */
const readValue = (name: string, key: string, text: string): unknown => {
  const shape: Record<string, z.ZodType> = isEventName(name) ? catalogue[name].fields.shape : {};
  if (shape[key]?.safeParse(text).success) return text;
  const value = parseJson(text);
  return value !== undefined && shape[key]?.safeParse(value).success ? value : text;
};

/** The fields of `key=value` words and `--data`. @throws UsageError when one of them is no such thing */
const readEventFields = (
  name: string,
  words: readonly string[],
  data: string | undefined,
): Record<string, unknown> => {
  const parsed = objectSchema.safeParse(data === undefined ? {} : parseJson(data));
  if (!parsed.success) throw new UsageError('--data: give one JSON object with the fields');
  const fields = { ...parsed.data };
  for (const word of words) {
    const at = word.indexOf('=');
    if (at < 1) throw new UsageError(`"${word}" is no field: write key=value`);
    fields[word.slice(0, at)] = readValue(name, word.slice(0, at), word.slice(at + 1));
  }
  return fields;
};

/** Checks an event before it is sent. @throws UsageError that names the field */
const validateEvent = (name: string, detail: Readonly<Record<string, unknown>>): void => {
  if (!isEventName(name))
    throw new UsageError(
      `there is no event "${name}": the catalogue has ${Object.keys(catalogue).join(', ')} (--no-validate sends it all the same)`,
    );
  const known = new Set([...Object.keys(envelopeSchema.shape), ...Object.keys(catalogue[name].fields.shape)]);
  const unknown = Object.keys(detail).filter((key) => !known.has(key));
  if (unknown.length > 0)
    throw new UsageError(
      `${name} has no field ${unknown.join(', ')}: it has ${Object.keys(catalogue[name].fields.shape).join(', ')} (--no-validate sends it all the same)`,
    );
  for (const schema of [envelopeSchema, catalogue[name].fields]) {
    const parsed = schema.safeParse(detail);
    if (!parsed.success)
      throw new UsageError(
        `${name} does not fit the catalogue: ${parsed.error.issues.map(({ path, message }) => [...(path.length > 0 ? [path.join('.')] : []), message].join(': ')).join('; ')} (--no-validate sends it all the same)`,
      );
  }
};

export { readEventFields, validateEvent };
