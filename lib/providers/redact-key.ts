import { inspect } from 'node:util';

const MAX_EXCERPT_LENGTH = 200;

/** The beginning of a provider's text, for a message: on one line, without the keys. */
const excerpt = (text: string, keys: ReadonlySet<string>): string => {
  const redacted = [...keys].reduce((rest, key) => rest.replaceAll(key, '[key]'), text);
  const line = redacted.replaceAll(/\s+/g, ' ').trim();
  if (line === '') return 'empty body';
  return line.length <= MAX_EXCERPT_LENGTH ? line : `${line.slice(0, MAX_EXCERPT_LENGTH)}…`;
};

/** The error as a cause, or only its message, redacted, when a key is anywhere in it. */
const safeCause = (error: unknown, keys: ReadonlySet<string>): unknown => {
  const everything = inspect(error, { depth: 8 });
  return [...keys].some((key) => everything.includes(key)) ? new Error(excerpt(String(error), keys)) : error;
};

export { excerpt, safeCause };
