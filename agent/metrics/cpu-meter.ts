import { cpus } from 'node:os';

interface CpuTimes {
  readonly busy: number;
  readonly total: number;
}

const readCpuTimes = (): CpuTimes => {
  let busy = 0;
  let total = 0;
  for (const { times } of cpus()) {
    const sum = times.user + times.nice + times.sys + times.irq + times.idle;
    total += sum;
    busy += sum - times.idle;
  }
  return { busy, total };
};

/** Percent between two readings; undefined when no time passed between them. */
const cpuPercent = (before: CpuTimes, after: CpuTimes): number | undefined => {
  const total = after.total - before.total;
  if (total <= 0) return undefined;
  return Math.min(100, Math.max(0, ((after.busy - before.busy) / total) * 100));
};

/** A function that says how busy all cores were since it was last asked. */
const createCpuMeter = (read: () => CpuTimes = readCpuTimes): (() => number | undefined) => {
  let before = read();
  return () => {
    const after = read();
    const percent = cpuPercent(before, after);
    before = after;
    return percent;
  };
};

export { cpuPercent, createCpuMeter };
