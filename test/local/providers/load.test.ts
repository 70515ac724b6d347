import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { changeLoad, gpuPercentsAt, idleLoad, trainingLoad } from '../../../local/providers/load.ts';

const NOON = Date.parse('2026-11-23T12:00:00.000Z');

describe('the load of a simulated machine', () => {
  it.each([
    ['one number for all GPUs', { ...idleLoad, gpuPercent: 40 }, 3, [40, 40, 40]],
    ['a number for each', { ...idleLoad, gpuPercent: [0, 97] }, 2, [0, 97]],
    ['nothing', idleLoad, 2, [0, 0]],
  ])('is %s', (_what, load, gpuCount, percents) => {
    expect(gpuPercentsAt(load, gpuCount, NOON)).toEqual(percents);
  });

  it('wanders around 80 to 95 percent while it trains, and never looks idle', () => {
    const seen = new Set<number>();

    fc.assert(
      fc.property(fc.integer({ min: 0, max: 86_400_000 }), (ms) => {
        for (const percent of gpuPercentsAt(trainingLoad, 8, NOON + ms)) {
          seen.add(percent);
          expect(percent).toBeGreaterThanOrEqual(80);
          expect(percent).toBeLessThanOrEqual(95);
        }
      }),
    );

    expect(seen.size).toBeGreaterThan(8);
  });

  it('changes only in what is named', () => {
    const load = changeLoad(trainingLoad, { sshSessions: 1 }, 2);

    expect(load).toEqual({ ...trainingLoad, sshSessions: 1 });
  });

  it('is steady at a new level, unless it is told to wander', () => {
    expect(changeLoad(trainingLoad, { gpuPercent: 5 }, 2).gpuWanderPercent).toBe(0);
    expect(changeLoad(trainingLoad, { gpuPercent: 5, gpuWanderPercent: 2 }, 2).gpuWanderPercent).toBe(2);
  });

  it('is refused for another number of GPUs than there are', () => {
    expect(() => changeLoad(idleLoad, { gpuPercent: [1, 2] }, 3)).toThrow(
      'names 2 GPUs and the machine has 3',
    );
  });
});
