import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { type ShareClaim, splitByShare } from '../../lib/work/split-by-share.ts';

const MIX = [0.6, 0.3, 0.1];

const claimsOf = (shares: readonly number[], over: Partial<ShareClaim> = {}): ShareClaim[] =>
  shares.map((share, index) => ({
    key: String(index),
    share,
    carry: 0,
    limit: Number.POSITIVE_INFINITY,
    ...over,
  }));
const countsOf = (total: number, claims: readonly ShareClaim[]): number[] =>
  splitByShare(total, claims).map(({ count }) => count);

const claims = fc.array(
  fc.record({
    key: fc.constant('k'),
    share: fc.double({ min: 0.001, max: 1, noNaN: true }),
    carry: fc.double({ min: -2, max: 2, noNaN: true }),
    limit: fc.oneof(fc.integer({ min: 0, max: 30 }), fc.constant(Number.POSITIVE_INFINITY)),
  }),
  { minLength: 1, maxLength: 12 },
);

describe('splitByShare', () => {
  it.each([
    [1, [1, 0, 0]],
    [2, [1, 1, 0]],
    [3, [2, 1, 0]],
    [10, [6, 3, 1]],
  ])('splits %d within one of 60, 30 and 10 percent [events#6-4][events#2.15-9]', (total, expected) => {
    const counts = countsOf(total, claimsOf(MIX));
    expect(counts).toEqual(expected);
    for (const [index, count] of counts.entries())
      expect(Math.abs(count - total * (MIX[index] ?? 0))).toBeLessThan(1);
  });

  it('hands out exactly what there is, and nobody more than the limit', () => {
    fc.assert(
      fc.property(fc.integer({ min: 0, max: 200 }), claims, (total, all) => {
        const counts = countsOf(total, all);
        const limits = all.reduce((sum, { limit }) => sum + limit, 0);
        expect(counts.reduce((sum, count) => sum + count, 0)).toBe(Math.min(total, limits));
        for (const [index, count] of counts.entries()) {
          expect(Number.isInteger(count) && count >= 0).toBe(true);
          expect(count).toBeLessThanOrEqual(all[index]?.limit ?? 0);
        }
      }),
    );
  });

  it('stays within one of the exact part, where nothing limits and nothing is carried', () => {
    fc.assert(
      fc.property(fc.integer({ min: 0, max: 500 }), claims, (total, all) => {
        const free = all.map((claim) => ({ ...claim, carry: 0, limit: Number.POSITIVE_INFINITY }));
        const sum = free.reduce((shares, { share }) => shares + share, 0);
        for (const [index, count] of countsOf(total, free).entries())
          expect(Math.abs(count - (total * (free[index]?.share ?? 0)) / sum)).toBeLessThan(1 + 1e-9);
      }),
    );
  });

  it('gives no less to who has a larger share', () => {
    fc.assert(
      fc.property(fc.integer({ min: 0, max: 500 }), claims, (total, all) => {
        const sorted = all
          .map((claim) => ({ ...claim, carry: 0, limit: Number.POSITIVE_INFINITY }))
          .sort((a, b) => b.share - a.share);
        const counts = countsOf(total, sorted);
        for (const [index, count] of counts.entries())
          expect(count).toBeGreaterThanOrEqual(
            (counts[index + 1] ?? 0) - (sorted[index + 1]?.share === sorted[index]?.share ? 1 : 0),
          );
      }),
    );
  });

  it('starves nobody: over many splits of little each gets its share, within two', () => {
    fc.assert(
      fc.property(
        fc.array(fc.double({ min: 0.02, max: 1, noNaN: true }), { minLength: 2, maxLength: 12 }),
        fc.array(fc.integer({ min: 0, max: 3 }), { minLength: 300, maxLength: 300 }),
        (shares, totals) => {
          const sum = shares.reduce((all, share) => all + share, 0);
          const got = shares.map(() => 0);
          let carries = shares.map(() => 0);
          for (const total of totals) {
            const parts = splitByShare(
              total,
              claimsOf(shares).map((claim, index) => ({ ...claim, carry: carries[index] ?? 0 })),
            );
            carries = parts.map(({ carry }) => carry);
            for (const [index, { count }] of parts.entries()) got[index] = (got[index] ?? 0) + count;
          }
          const whole = totals.reduce((all, total) => all + total, 0);
          for (const [index, count] of got.entries())
            expect(Math.abs(count - (whole * (shares[index] ?? 0)) / sum)).toBeLessThanOrEqual(2.01);
        },
      ),
      { numRuns: 50 },
    );
  });

  it('leaves to the others what somebody has no room for', () => {
    const [first, ...others] = claimsOf(MIX);
    expect(
      countsOf(10, [{ ...claimsOf(MIX)[0], key: 'a', share: 0.6, carry: 0, limit: 2 }, ...others]),
    ).toEqual([2, 6, 2]);
    expect(first?.share).toBe(0.6);
  });
});
