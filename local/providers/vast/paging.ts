import * as z from 'zod';
import type { SimInstance } from '../instance.ts';

const MAX_LIMIT = 25;
/** What a limit that makes no sense becomes. */
const ODD_LIMIT = 5;

const cursorSchema = z.object({ values: z.object({ id: z.int() }) });

/** Query values are JSON, then URL-encoded; a bare token is accepted too. */
const unquote = (text: string): string => {
  try {
    return z.string().parse(JSON.parse(text));
  } catch {
    return text;
  }
};

const limitOf = (text: string | null): number => {
  const limit = text === null || text === '' ? MAX_LIMIT : Number(text);
  return Number.isInteger(limit) && limit > 0 ? Math.min(limit, MAX_LIMIT) : ODD_LIMIT;
};

const toToken = (id: string): string =>
  Buffer.from(JSON.stringify({ values: { id: Number(id) } })).toString('base64');

interface Page {
  readonly items: readonly SimInstance[];
  readonly nextToken: string | null;
}

/** One page in the order of ids. Undefined: the cursor is none of ours. */
const pageOf = (listed: readonly SimInstance[], query: URLSearchParams): Page | undefined => {
  const sorted = listed.toSorted((left, right) => Number(left.id) - Number(right.id));
  const token = query.get('after_token');
  let after = 0;
  if (token !== null && token !== '' && token !== 'null') {
    try {
      const text = Buffer.from(unquote(token), 'base64').toString('utf8');
      after = cursorSchema.parse(JSON.parse(text)).values.id;
    } catch {
      return undefined;
    }
  }
  const rest = sorted.filter(({ id }) => Number(id) > after);
  const items = rest.slice(0, limitOf(query.get('limit')));
  const last = items.at(-1);
  return { items, nextToken: last !== undefined && rest.length > items.length ? toToken(last.id) : null };
};

export { pageOf };
