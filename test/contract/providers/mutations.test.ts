import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import * as z from 'zod';
import { ProviderError } from '../../../lib/providers/provider-error.ts';
import { adapterCases } from './adapters.ts';
import { ok, replay } from './replay.ts';

type Path = readonly (string | number)[];
const objectSchema = z.record(z.string(), z.unknown());

/** Every place of a JSON value, the top included. */
const pathsOf = (value: unknown, path: Path = []): Path[] => {
  const children = Array.isArray(value)
    ? value.map((child, index): [number, unknown] => [index, child])
    : Object.entries(objectSchema.safeParse(value).data ?? {});
  return [path, ...children.flatMap(([key, child]) => pathsOf(child, [...path, key]))];
};

/** `value` with the place at `path` changed; undefined deletes a key of an object, and leaves null in a list. */
const changeAt = (value: unknown, [key, ...rest]: Path, change: (old: unknown) => unknown): unknown => {
  if (key === undefined) return change(value);
  if (Array.isArray(value)) {
    return value.map((child, index) => (index === key ? (changeAt(child, rest, change) ?? null) : child));
  }
  const object = objectSchema.parse(value);
  return { ...object, [key]: changeAt(object[key], rest, change) };
};

/** Another type in the same place: what an API that changed may send. */
const otherTypes: readonly unknown[] = [
  undefined,
  null,
  'text',
  '',
  0,
  -1,
  1.5,
  true,
  false,
  [],
  {},
  [{}],
  { a: 1 },
];

/** The JSON kind, and for a list or an object nothing more. */
const kindOf = (value: unknown): string =>
  Array.isArray(value) ? 'list' : value === null ? 'null' : typeof value;

describe.each(adapterCases)('$name: a listing that was damaged', (adapter) => {
  const good: unknown = JSON.parse(adapter.listing);
  const paths = pathsOf(good);
  const [a, b, c] = adapter.pageIds;

  /** The ids that were read, or the error's kind. Any other error fails the test. */
  const read = async (...bodies: string[]): Promise<readonly string[] | ProviderError['kind']> => {
    try {
      const instances = await adapter.create(replay(bodies.map(ok)).options).listInstances();
      return instances.map(({ instanceId }) => instanceId);
    } catch (error) {
      if (error instanceof ProviderError) return error.kind;
      throw error;
    }
  };

  const expectSameOrError = (result: readonly string[] | string, ids: readonly string[]): void => {
    if (typeof result !== 'string') expect(result).toEqual(ids);
  };

  it('[providers#7-6] gives the same ids or an error when a key goes, or its value changes its type', async () => {
    let errors = 0;
    for (const path of paths) {
      for (const other of otherTypes) {
        const result = await read(
          JSON.stringify(changeAt(good, path, (old) => (kindOf(old) === kindOf(other) ? old : other))) ?? '',
        );
        expectSameOrError(result, adapter.ids);
        if (typeof result === 'string') errors += 1;
      }
    }
    // Else the test would prove nothing: most damage to what is read must be seen.
    expect(errors).toBeGreaterThan(50);
  });

  it('gives an error for every body that was cut off', async () => {
    for (let length = 0; length < adapter.listing.length; length += 1) {
      expect(await read(adapter.listing.slice(0, length))).toBe('unexpected-shape');
    }
  });

  it('gives the same ids or an error under several damages at once', async () => {
    const damage = fc.tuple(fc.constantFrom(...paths), fc.constantFrom(...otherTypes));
    await fc.assert(
      fc.asyncProperty(fc.array(damage, { minLength: 2, maxLength: 5 }), async (damages) => {
        let value = good;
        for (const [path, other] of damages) {
          try {
            value = changeAt(value, path, (old) => (kindOf(old) === kindOf(other) ? old : other));
          } catch {
            // An earlier damage took this place away.
          }
        }
        expectSameOrError(await read(JSON.stringify(value) ?? ''), adapter.ids);
      }),
      { numRuns: 300 },
    );
  });

  it('gives all ids or an error when any page of three is damaged, emptied, or another one', async () => {
    const bodies = new Map([
      [null, adapter.page([a], 'one', 3)],
      ['one', adapter.page([b], 'two', 3)],
      ['two', adapter.page([c], undefined, 3)],
    ]);
    const damaged = ['', '{}', 'null', (bodies.get('one') ?? '').slice(0, -3)];
    const later = [...damaged, adapter.emptyListing, bodies.get(null) ?? ''];
    // What comes in place of the first page, or ends the list with instances, may be a truthful answer.
    const replacement = fc.oneof(
      fc.record({ token: fc.constant(null), body: fc.constantFrom(...damaged) }),
      fc.record({ token: fc.constant('one'), body: fc.constantFrom(...later) }),
      fc.record({ token: fc.constant('two'), body: fc.constantFrom(...later, bodies.get('one') ?? '') }),
    );
    const { options } = replay([]);
    await fc.assert(
      fc.asyncProperty(replacement, async ({ token: replaced, body }) => {
        const answer = async (input: string | URL | Request): Promise<Response> => {
          const token =
            new Request(input).url.match(new RegExp(`[?&]${adapter.tokenParameter}=(\\w+)`))?.[1] ?? null;
          return new Response(token === replaced ? body : bodies.get(token));
        };
        const listing = adapter.create({ ...options, fetch: answer }).listInstances();
        await expect(listing).rejects.toBeInstanceOf(ProviderError);
      }),
    );
  });
});
