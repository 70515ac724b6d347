import { describe, expect, it } from 'vitest';
import { cpuPercent, createCpuMeter } from '../../../agent/metrics/cpu-meter.ts';

describe('cpuPercent', () => {
  it.each([
    { before: { busy: 10, total: 100 }, after: { busy: 35, total: 200 }, percent: 25 },
    { before: { busy: 10, total: 100 }, after: { busy: 10, total: 200 }, percent: 0 },
    { before: { busy: 10, total: 100 }, after: { busy: 10, total: 100 }, percent: undefined },
  ])('$before → $after is $percent', ({ before, after, percent }) => {
    expect(cpuPercent(before, after)).toBe(percent);
  });
});

describe('createCpuMeter', () => {
  it('measures since it was last asked', () => {
    const readings = [
      { busy: 0, total: 0 },
      { busy: 50, total: 100 },
      { busy: 60, total: 200 },
    ];
    const meter = createCpuMeter(() => readings.shift() ?? { busy: 0, total: 0 });
    expect([meter(), meter()]).toEqual([50, 10]);
  });
});
