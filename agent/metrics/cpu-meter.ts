import { readFile } from 'node:fs/promises';
import { availableParallelism, cpus } from 'node:os';
import { join } from 'node:path';

interface CpuTimes {
  /** Only readings of the same source can be compared. */
  readonly source: string;
  /** `busy` of `total`, in the source's own unit, both since some moment in the past. */
  readonly busy: number;
  readonly total: number;
}

interface CpuPlaces {
  readonly proc: string;
  readonly cgroup: string;
  /** A clock that never jumps. */
  readonly nowMicroseconds: () => number;
}

/** `200000 100000` are two cores; `max` and no file (the root of all) have no limit. */
const allowedCores = async (cgroup: string): Promise<number> => {
  const text = await readFile(join(cgroup, 'cpu.max'), 'utf8').catch(() => '');
  const [, quota, period] = /^(\d+) (\d+)/.exec(text) ?? [];
  const cores = Number(quota) / Number(period);
  return Number.isFinite(cores) && cores > 0 ? cores : availableParallelism();
};

/** What the agent's own container used: in a rented one, everything else shows the whole machine with its other tenants. */
const readCgroup = async ({ cgroup, nowMicroseconds }: CpuPlaces): Promise<CpuTimes | undefined> => {
  const text = await readFile(join(cgroup, 'cpu.stat'), 'utf8').catch(() => '');
  const usage = /^usage_usec (\d+)$/m.exec(text)?.[1];
  if (usage === undefined) return undefined;
  const cores = await allowedCores(cgroup);
  return { source: `cgroup of ${cores} cores`, busy: Number(usage), total: nowMicroseconds() * cores };
};

/** The first line counts user, nice, system, idle, iowait, irq, softirq and steal; what guests use is in user already. */
const readProc = async ({ proc }: CpuPlaces): Promise<CpuTimes | undefined> => {
  const text = await readFile(join(proc, 'stat'), 'utf8').catch(() => '');
  const fields = /^cpu +([\d ]+)$/m.exec(text)?.[1]?.split(' ').slice(0, 8).map(Number);
  if (fields === undefined || fields.length < 5) return undefined;
  const total = fields.reduce((sum, value) => sum + value, 0);
  return { source: 'proc', busy: total - (fields[3] ?? 0) - (fields[4] ?? 0), total };
};

const readSystem = (): CpuTimes => {
  let busy = 0;
  let total = 0;
  for (const { times } of cpus()) {
    const sum = times.user + times.nice + times.sys + times.irq + times.idle;
    total += sum;
    busy += sum - times.idle;
  }
  return { source: 'system', busy, total };
};

const readCpuTimes = async (places: CpuPlaces): Promise<CpuTimes> =>
  (await readCgroup(places)) ?? (await readProc(places)) ?? readSystem();

/** Percent between two readings; undefined when no time passed between them, or they are not of the same source. */
const cpuPercent = (before: CpuTimes | undefined, after: CpuTimes): number | undefined => {
  if (before?.source !== after.source) return undefined;
  const total = after.total - before.total;
  if (total <= 0) return undefined;
  return Math.min(100, Math.max(0, ((after.busy - before.busy) / total) * 100));
};

/** A function that says how busy the cores were since it was last asked; the first time it cannot tell. */
const createCpuMeter = (read: () => Promise<CpuTimes>): (() => Promise<number | undefined>) => {
  let before: CpuTimes | undefined;
  return async () => {
    const after = await read();
    const percent = cpuPercent(before, after);
    before = after;
    return percent;
  };
};

export type { CpuTimes };
export { cpuPercent, createCpuMeter, readCpuTimes };
