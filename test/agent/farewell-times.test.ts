import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { farewellTimes } from '../../agent/farewell-times.ts';

describe('farewellTimes', () => {
  it.each([
    // What docker gives, and the least and most of Vast.
    [10, { finishedBy: 3, givenBackBy: 5, broughtBy: 7.4, endedBy: 9.25, exitBy: 9.5 }],
    [15, { finishedBy: 3, givenBackBy: 5, broughtBy: 12.25, endedBy: 14.25, exitBy: 14.5 }],
    [30, { finishedBy: 3, givenBackBy: 5, broughtBy: 27.25, endedBy: 29.25, exitBy: 29.5 }],
  ])('divides a notice of %i s', (noticeSeconds, times) => {
    for (const [name, seconds] of Object.entries(times))
      expect(Object.entries(farewellTimes(noticeSeconds))).toContainEqual([name, expect.closeTo(seconds, 5)]);
  });

  it('leaves every step its time, and ends before the machine does, whatever the notice', () => {
    fc.assert(
      fc.property(fc.double({ min: 0.001, max: 3600, noNaN: true }), (noticeSeconds) => {
        const { finishedBy, givenBackBy, broughtBy, endedBy, exitBy } = farewellTimes(noticeSeconds);
        const order = [0, finishedBy, givenBackBy, broughtBy, endedBy, exitBy, noticeSeconds];
        expect(order).toEqual(order.toSorted((one, other) => one - other));
        if (noticeSeconds >= 5) {
          expect(broughtBy / noticeSeconds).toBeGreaterThan(0.6);
          expect(endedBy - broughtBy).toBeGreaterThan(0.8);
        }
      }),
    );
  });
});
