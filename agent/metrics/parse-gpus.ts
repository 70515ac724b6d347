import type { Heartbeat } from '../../lib/nodes/heartbeat.ts';

type Gpu = NonNullable<Heartbeat['gpus']>[number];

/** A GPU, and where it sits: `00000000:3B:00.0`. */
interface LocatedGpu {
  readonly gpu: Gpu;
  readonly busId?: string;
}

const MEBIBYTE = 1024 * 1024;

/** Every nvidia-smi knows these fields, and `parseGpus` expects them in this order. */
const BASIC_FIELDS = ['index', 'name', 'utilization.gpu', 'memory.used', 'memory.total'];
/** These came later, and follow in this order. Drivers since 535 call the throttle reasons event reasons. */
const troubleFields = (reasons: 'clocks_event_reasons' | 'clocks_throttle_reasons'): string[] => [
  'pci.bus_id',
  'temperature.gpu',
  'ecc.errors.uncorrected.volatile.total',
  `${reasons}.hw_thermal_slowdown`,
  `${reasons}.sw_thermal_slowdown`,
];

const numberOf = (text: string | undefined): number | undefined =>
  text !== undefined && /^[0-9]+(\.[0-9]+)?$/.test(text) ? Number(text) : undefined;

const percentOf = (text: string | undefined): number | undefined => {
  const value = numberOf(text);
  return value !== undefined && value <= 100 ? value : undefined;
};

const bytesOf = (text: string | undefined): number | undefined => {
  const mebibytes = numberOf(text);
  return mebibytes === undefined ? undefined : Math.round(mebibytes * MEBIBYTE);
};

const countOf = (text: string | undefined): number | undefined => {
  const value = numberOf(text);
  return value !== undefined && Number.isInteger(value) ? value : undefined;
};

const activeOf = (text: string | undefined): boolean | undefined =>
  text === 'Active' ? true : text === 'Not Active' ? false : undefined;

/** One of two that is active is enough; both must be known to say that none is. */
const anyActive = (one: boolean | undefined, other: boolean | undefined): boolean | undefined =>
  one === true || other === true ? true : one === false && other === false ? false : undefined;

/** A line of nvidia-smi. What it cannot tell (`[N/A]`, `[Not Supported]`) is absent, never 0. */
const parseGpu = (line: string): LocatedGpu | undefined => {
  const parts = line.split(',').map((part) => part.trim());
  const [indexText, name, utilization, used, total, busId, temperature, ecc, hardware, software] = parts;
  const index = countOf(indexText);
  if (index === undefined) return undefined;
  const utilizationPercent = percentOf(utilization);
  const memoryUsedBytes = bytesOf(used);
  const memoryTotalBytes = bytesOf(total);
  const temperatureCelsius = numberOf(temperature);
  const uncorrectedEccErrors = countOf(ecc);
  const thermalThrottled = anyActive(activeOf(hardware), activeOf(software));
  const gpu = {
    index,
    ...(name === undefined || name === '' || name.startsWith('[') ? {} : { name }),
    ...(utilizationPercent === undefined ? {} : { utilizationPercent }),
    ...(memoryUsedBytes === undefined ? {} : { memoryUsedBytes }),
    ...(memoryTotalBytes === undefined ? {} : { memoryTotalBytes }),
    ...(temperatureCelsius === undefined ? {} : { temperatureCelsius }),
    ...(uncorrectedEccErrors === undefined ? {} : { uncorrectedEccErrors }),
    ...(thermalThrottled === undefined ? {} : { thermalThrottled }),
  };
  return { gpu, ...(busId?.includes(':') ? { busId } : {}) };
};

const linesOf = (output: string): string[] => output.split('\n').filter((line) => line.trim() !== '');

const parseGpus = (output: string): LocatedGpu[] => linesOf(output).flatMap((line) => parseGpu(line) ?? []);

/** By bus id, whether remapping of memory rows failed: the answer to `--query-remapped-rows=gpu_bus_id,remapped_rows.failure`. */
const parseRemappedRows = (output: string): Map<string, boolean> =>
  new Map(
    linesOf(output).flatMap((line): [string, boolean][] => {
      const [busId = '', failure = ''] = line.split(',').map((part) => part.trim());
      if (/^(1|yes)$/i.test(failure)) return [[busId, true]];
      return /^(0|no)$/i.test(failure) ? [[busId, false]] : [];
    }),
  );

export type { Gpu, LocatedGpu };
export { BASIC_FIELDS, parseGpus, parseRemappedRows, troubleFields };
