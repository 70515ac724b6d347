import { execFile } from 'node:child_process';
import { promisify } from 'node:util';
import type { Heartbeat } from '../../lib/nodes/heartbeat.ts';
import { hasCode } from '../disk/durable-file.ts';

type Gpu = NonNullable<Heartbeat['gpus']>[number];

/** What `nvidia-smi` said: GPUs (possibly none), that it is not installed, or that it failed. */
type GpuReading =
  | { readonly kind: 'read'; readonly gpus: Gpu[] }
  | { readonly kind: 'not-installed' }
  | { readonly kind: 'failed'; readonly error: unknown };

/** A driver in trouble makes nvidia-smi hang; the heartbeat must not wait for it. */
const TIMEOUT_MS = 10_000;
const MEBIBYTE = 1024 * 1024;
const QUERY = [
  '--query-gpu=index,name,utilization.gpu,memory.used,memory.total',
  '--format=csv,noheader,nounits',
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

/** A line of nvidia-smi. What it cannot tell (`[N/A]`, `[Not Supported]`) is absent, never 0. */
const parseGpu = (line: string): Gpu | undefined => {
  const [indexText, name, utilization, used, total] = line.split(',').map((part) => part.trim());
  const index = numberOf(indexText);
  if (index === undefined || !Number.isInteger(index)) return undefined;
  const utilizationPercent = percentOf(utilization);
  const memoryUsedBytes = bytesOf(used);
  const memoryTotalBytes = bytesOf(total);
  return {
    index,
    ...(name === undefined || name === '' || name.startsWith('[') ? {} : { name }),
    ...(utilizationPercent === undefined ? {} : { utilizationPercent }),
    ...(memoryUsedBytes === undefined ? {} : { memoryUsedBytes }),
    ...(memoryTotalBytes === undefined ? {} : { memoryTotalBytes }),
  };
};

const parseGpus = (output: string): Gpu[] =>
  output
    .split('\n')
    .filter((line) => line.trim() !== '')
    .flatMap((line) => parseGpu(line) ?? []);

const run = promisify(execFile);

const readGpus = async (): Promise<GpuReading> => {
  try {
    const { stdout } = await run('nvidia-smi', QUERY, { timeout: TIMEOUT_MS, killSignal: 'SIGKILL' });
    if (stdout.trim() === '' || /^No devices/i.test(stdout)) return { kind: 'read', gpus: [] };
    const gpus = parseGpus(stdout);
    return gpus.length === 0
      ? { kind: 'failed', error: new Error(`nvidia-smi printed ${JSON.stringify(stdout.slice(0, 200))}`) }
      : { kind: 'read', gpus };
  } catch (error) {
    return hasCode(error, 'ENOENT') ? { kind: 'not-installed' } : { kind: 'failed', error };
  }
};

export type { Gpu, GpuReading };
export { parseGpus, readGpus };
