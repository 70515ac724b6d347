import type { z } from 'zod';
import { InvariantError } from '../errors.ts';

/** A string set as the SDK reads it; DynamoDB has no empty sets, so absent means empty. */
const fromSet = (value: unknown): unknown => (value instanceof Set ? [...value] : (value ?? []));

/**
 * Parses what a table holds.
 * @throws InvariantError when it does not match: only Drover writes there
 */
const parseItem = <Schema extends z.ZodType>(
  schema: Schema,
  item: unknown,
  what: string,
): z.infer<Schema> => {
  const parsed = schema.safeParse(item);
  if (parsed.success) return parsed.data;
  throw new InvariantError(`${what} is not as Drover writes it: ${parsed.error.message}`, {
    cause: parsed.error,
  });
};

export { fromSet, parseItem };
