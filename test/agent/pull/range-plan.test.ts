import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { RangePlan } from '../../../agent/pull/range-plan.ts';

describe('RangePlan', () => {
  it('never calls a byte complete that was not written, and ends at the end, in whatever order ranges arrive', () => {
    fc.assert(
      fc.property(
        fc.integer({ min: 0, max: 200 }),
        fc.integer({ min: 1, max: 40 }),
        fc.integer({ min: 0, max: 200 }),
        fc.array(fc.nat(1000), { maxLength: 400 }),
        (total, rangeBytes, before, choices) => {
          const from = Math.min(before, total);
          const plan = new RangePlan(total, rangeBytes, from);
          const written = new Set(Array.from({ length: from }, (_, index) => index));
          const open: { start: number; at: number; end: number }[] = [];
          const step = (choice: number): boolean => {
            if (open.length < 3) {
              const range = plan.take();
              if (range !== undefined) open.push({ start: range.start, at: range.start, end: range.end });
            }
            const range = open[choice % Math.max(1, open.length)];
            if (range === undefined) return false;
            written.add(range.at);
            range.at += 1;
            plan.wrote(range.start, range.at);
            if (range.at === range.end) open.splice(open.indexOf(range), 1);
            for (let byte = 0; byte < plan.frontier; byte += 1) expect(written.has(byte)).toBe(true);
            return true;
          };
          for (const choice of choices) step(choice);
          while (step(0));
          expect(plan.frontier).toBe(total);
          expect(written.size).toBe(total);
        },
      ),
      { numRuns: 60 },
    );
  });
});
