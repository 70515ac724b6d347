import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { Slots } from '../../../agent/work/slots.ts';

describe('Slots', () => {
  it('gives no more jobs than slots, and no GPU twice, in whatever order they come and go', () => {
    fc.assert(
      fc.property(
        fc.nat(4),
        fc.nat(4),
        fc.array(fc.record({ gpus: fc.nat(3), end: fc.nat(5) }), { maxLength: 40 }),
        (total, gpuCount, steps) => {
          const slots = new Slots(total, gpuCount);
          const running: (readonly number[])[] = [];
          for (const { gpus, end } of steps) {
            const taken = slots.take(gpus);
            if (taken !== undefined) running.push(taken);
            const held = running.flat();
            expect(running.length).toBeLessThanOrEqual(total);
            expect(new Set(held).size).toBe(held.length);
            expect(held.every((gpu) => gpu < gpuCount)).toBe(true);
            expect(slots.free).toBe(total - running.length);
            if (taken === undefined)
              expect(running.length === total || gpuCount - held.length < gpus).toBe(true);
            const [ended] = running.splice(end, 1);
            if (ended !== undefined) slots.give(ended);
          }
        },
      ),
    );
  });
});
