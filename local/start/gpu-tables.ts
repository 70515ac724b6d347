import type { Offer } from '../providers/instance.ts';
import { gpuPercentsAt, type Load } from '../providers/load.ts';

interface GpuModel {
  readonly name: string;
  readonly memoryMebibytes: number;
  /** Data-centre GPUs count memory errors; others do not say. */
  readonly hasEcc: boolean;
}

/** By what providers call them: the first that matches. Names and memory are what `nvidia-smi` prints of such a GPU. */
const MODELS: readonly (readonly [RegExp, GpuModel])[] = [
  [/h100/i, { name: 'NVIDIA H100 80GB HBM3', memoryMebibytes: 81_559, hasEcc: true }],
  [/a100.*80gb/i, { name: 'NVIDIA A100-SXM4-80GB', memoryMebibytes: 81_920, hasEcc: true }],
  [/a100/i, { name: 'NVIDIA A100-SXM4-40GB', memoryMebibytes: 40_960, hasEcc: true }],
  [/4090/, { name: 'NVIDIA GeForce RTX 4090', memoryMebibytes: 24_564, hasEcc: false }],
];

const modelOf = (type: string): GpuModel =>
  MODELS.find(([pattern]) => pattern.test(type))?.[1] ?? {
    name: type.replaceAll(',', ' '),
    memoryMebibytes: 24_576,
    hasEcc: false,
  };

/** The driver and a context; what trains fills most of the rest. */
const IDLE_MEBIBYTES = 4;
const TRAINING_SHARE = 0.8;
const IDLE_CELSIUS = 33;
const CELSIUS_PER_PERCENT = 0.4;
const NOT_THERE = '[N/A]';

/** One GPU as `nvidia-smi --query-gpu` knows it, by field. */
const gpuRow = (model: GpuModel, index: number, percent: number): Record<string, string> => {
  const { name, memoryMebibytes, hasEcc } = model;
  const used = percent > 0 ? Math.round(memoryMebibytes * TRAINING_SHARE) : IDLE_MEBIBYTES;
  const busId = `00000000:${(index + 1).toString(16).toUpperCase().padStart(2, '0')}:00.0`;
  return {
    index: String(index),
    name,
    gpu_name: name,
    'pci.bus_id': busId,
    gpu_bus_id: busId,
    driver_version: '570.124.06',
    'utilization.gpu': String(percent),
    'utilization.memory': String(Math.round(percent / 2)),
    'memory.used': String(used),
    'memory.free': String(memoryMebibytes - used),
    'memory.total': String(memoryMebibytes),
    'temperature.gpu': String(Math.round(IDLE_CELSIUS + CELSIUS_PER_PERCENT * percent)),
    'ecc.errors.uncorrected.volatile.total': hasEcc ? '0' : NOT_THERE,
    'clocks_event_reasons.hw_thermal_slowdown': 'Not Active',
    'clocks_event_reasons.sw_thermal_slowdown': 'Not Active',
  };
};

const remappedRow = ({ hasEcc }: GpuModel, gpu: Record<string, string>): Record<string, string> => ({
  gpu_bus_id: gpu['gpu_bus_id'] ?? '',
  gpu_name: gpu['gpu_name'] ?? '',
  'remapped_rows.pending': hasEcc ? '0' : NOT_THERE,
  'remapped_rows.failure': hasEcc ? '0' : NOT_THERE,
});

/** Only fields that there are: an unknown one stays unknown. */
const overwrite = (
  row: Record<string, string>,
  fields: Readonly<Record<string, string>>,
): Record<string, string> =>
  Object.fromEntries(Object.entries(row).map(([field, value]) => [field, fields[field] ?? value]));

/** Field names, then a line for each GPU, as the machine's `nvidia-smi` reads it. */
const toTable = (rows: readonly Record<string, string>[]): string =>
  [Object.keys(rows[0] ?? {}), ...rows.map((row) => Object.values(row))]
    .map((cells) => `${cells.join(', ')}\n`)
    .join('');

/** What a machine's `nvidia-smi` answers at that moment: for each query, the table that it answers from. */
const gpuTables = ({ type, gpuCount }: Offer, load: Load, atMs: number): Record<string, string> => {
  const model = modelOf(type);
  const gpus = gpuPercentsAt(load, gpuCount, atMs).map((percent, index) => gpuRow(model, index, percent));
  const tableOf = (rows: readonly Record<string, string>[]): string =>
    toTable(rows.map((row) => overwrite(row, load.gpuFields)));
  return { gpu: tableOf(gpus), 'remapped-rows': tableOf(gpus.map((gpu) => remappedRow(model, gpu))) };
};

export { gpuTables };
