import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { decideSlots } from '../../lib/distribution/decide-slots.ts';
import { addSeconds, toTimestamp } from '../../lib/time.ts';
import { START } from './fixtures.ts';

const later = addSeconds(START, 60);

describe('decideSlots', () => {
  it('serves in order while there is room', () => {
    expect(decideSlots({}, ['a', 'b', 'c'], 2, later, START).granted).toEqual(['a', 'b']);
  });

  it('lets a holder keep its slot and its expiry', () => {
    const held = { a: toTimestamp(addSeconds(START, 5)) };
    const { granted, next, changed } = decideSlots(held, ['a'], 1, later, START);
    expect({ granted, next, changed }).toEqual({ granted: ['a'], next: held, changed: false });
  });

  it('[sync#L19] frees a slot at its expiry', () => {
    const held = { a: toTimestamp(START) };
    expect(decideSlots(held, ['b'], 1, later, START)).toMatchObject({ granted: ['b'], changed: true });
  });

  it('[sync#L1] never grants beyond the one limit, whoever asks', () => {
    const names = fc.array(fc.constantFrom('a', 'b', 'c', 'd', 'e', 'f'));
    fc.assert(
      fc.property(fc.array(names), fc.integer({ min: 1, max: 4 }), (requests, limit) => {
        let held = {};
        for (const wanted of requests) {
          const { next, granted } = decideSlots(held, wanted, limit, later, START);
          expect(Object.keys(next).length).toBeLessThanOrEqual(limit);
          for (const holder of granted) expect(next).toHaveProperty(holder);
          held = next;
        }
      }),
    );
  });
});
