import { mkdirSync, writeFileSync } from 'node:fs';
import { availableParallelism } from 'node:os';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { cpuPercent, createCpuMeter, readCpuTimes } from '../../../agent/metrics/cpu-meter.ts';
import { temporaryFolder } from '../temporary-folder.ts';

const times = (busy: number, total: number, source = 'proc') => ({ source, busy, total });

describe('cpuPercent', () => {
  it.each([
    { before: times(10, 100), after: times(35, 200), percent: 25 },
    { before: times(10, 100), after: times(10, 200), percent: 0 },
    { before: times(10, 100), after: times(10, 100), percent: undefined },
    { before: times(10, 100, 'cgroup'), after: times(35, 200), percent: undefined },
    { before: undefined, after: times(35, 200), percent: undefined },
  ])('$before → $after is $percent', ({ before, after, percent }) => {
    expect(cpuPercent(before, after)).toBe(percent);
  });
});

const prepare = () => {
  const root = temporaryFolder();
  const places = { proc: join(root, 'proc'), cgroup: join(root, 'cgroup'), nowMicroseconds: () => now };
  let now = 0;
  mkdirSync(places.proc);
  mkdirSync(places.cgroup);
  return {
    places,
    write: (path: string, text: string): void => writeFileSync(join(root, path), text),
    advance: (microseconds: number): void => {
      now += microseconds;
    },
  };
};

describe('createCpuMeter', () => {
  it("takes the container's own time over its own cores, whatever its host is doing [health-and-idle#14-3]", async () => {
    const { places, write, advance } = prepare();
    write('proc/stat', 'cpu  900 0 100 0 0 0 0 0 0 0\ncpu0 1 2 3\n');
    write('cgroup/cpu.max', '400000 100000\n');
    write('cgroup/cpu.stat', 'usage_usec 1000000\nuser_usec 900000\n');
    const meter = createCpuMeter(() => readCpuTimes(places));
    expect(await meter()).toBeUndefined();

    write('cgroup/cpu.stat', 'usage_usec 3000000\nuser_usec 900000\n');
    write('proc/stat', 'cpu  9000 0 1000 0 0 0 0 0 0 0\n');
    advance(10_000_000);

    // 2 s of 4 cores for 10 s.
    expect(await meter()).toBe(5);
  });

  it.each(['max 100000\n', undefined])('takes all cores where the limit is %j', async (limit) => {
    const { places, write, advance } = prepare();
    if (limit !== undefined) write('cgroup/cpu.max', limit);
    write('cgroup/cpu.stat', 'usage_usec 0\n');
    const meter = createCpuMeter(() => readCpuTimes(places));
    await meter();
    write('cgroup/cpu.stat', 'usage_usec 500000\n');
    advance(1_000_000);

    expect(await meter()).toBeCloseTo(50 / availableParallelism());
  });

  it('takes the machine where there is no such cgroup; waiting for a disk is idle', async () => {
    const { places, write } = prepare();
    write('proc/stat', 'cpu  100 0 100 700 100 0 0 0 0 0\n');
    const meter = createCpuMeter(() => readCpuTimes(places));
    await meter();
    write('proc/stat', 'cpu  150 10 120 760 130 10 10 10 500 0\n');

    // 110 of 200 ticks.
    expect(await meter()).toBeCloseTo(55);
  });

  it('asks the system where there is neither', async () => {
    const { places } = prepare();
    expect(await readCpuTimes({ ...places, proc: '/nowhere', cgroup: '/nowhere' })).toMatchObject({
      source: 'system',
    });
  });

  it('says nothing about the time between two sources', async () => {
    const { places, write } = prepare();
    write('proc/stat', 'cpu  100 0 100 700 100 0 0 0 0 0\n');
    const meter = createCpuMeter(() => readCpuTimes(places));
    await meter();
    write('cgroup/cpu.stat', 'usage_usec 3000000\n');

    expect(await meter()).toBeUndefined();
  });
});
