import { execFile } from 'node:child_process';
import { promisify } from 'node:util';
import { hasCode } from '../disk/durable-file.ts';
import {
  BASIC_FIELDS,
  type Gpu,
  type LocatedGpu,
  parseGpus,
  parseRemappedRows,
  troubleFields,
} from './parse-gpus.ts';

/** What `nvidia-smi` said: GPUs (possibly none), that it is not installed, or that it failed. */
type GpuReading =
  | {
      readonly kind: 'read';
      readonly gpus: Gpu[];
      /** Where they sit, of those that say it. */
      readonly busIds: readonly string[];
    }
  | { readonly kind: 'not-installed' }
  | { readonly kind: 'failed'; readonly error: unknown };

type ReadGpus = () => Promise<GpuReading>;

/** A driver in trouble makes nvidia-smi hang; the heartbeat must not wait for it. */
const TIMEOUT_MS = 10_000;
const FORMAT = '--format=csv,noheader,nounits';

/** From the most telling to the one that every nvidia-smi answers. */
const QUERIES: readonly string[][] = [
  [...BASIC_FIELDS, ...troubleFields('clocks_event_reasons')],
  [...BASIC_FIELDS, ...troubleFields('clocks_throttle_reasons')],
  BASIC_FIELDS,
];

/** Refused because this nvidia-smi is too old (or new) for a field: it says so on standard output. */
const isUnknownField = (error: unknown): boolean =>
  error instanceof Error &&
  /not a valid field/i.test(`${'stdout' in error ? error.stdout : ''} ${error.message}`);

const run = promisify(execFile);

/** A reader that asks for as much as this `nvidia-smi` can tell, and remembers what it refused. */
const createGpuReader = (program = 'nvidia-smi'): ReadGpus => {
  let level = 0;
  let knowsRows = true;
  const ask = async (query: string): Promise<string> =>
    (await run(program, [query, FORMAT], { timeout: TIMEOUT_MS, killSignal: 'SIGKILL' })).stdout;

  const askForGpus = async (): Promise<string> => {
    for (;;) {
      try {
        return await ask(`--query-gpu=${(QUERIES[level] ?? BASIC_FIELDS).join(',')}`);
      } catch (error) {
        if (!isUnknownField(error) || level >= QUERIES.length - 1) throw error;
        level += 1;
      }
    }
  };

  /** More than the heartbeat needs: whatever goes wrong here, the readings stand. */
  const withRows = async (found: readonly LocatedGpu[]): Promise<Gpu[]> => {
    const located = found.some(({ busId }) => busId !== undefined);
    let rows = new Map<string, boolean>();
    try {
      if (knowsRows && located) {
        rows = parseRemappedRows(await ask('--query-remapped-rows=gpu_bus_id,remapped_rows.failure'));
      }
    } catch (error) {
      // An old one refuses the query. One that hangs may answer the next time.
      knowsRows = error instanceof Error && 'killed' in error && error.killed === true;
    }
    return found.map(({ gpu, busId = '' }) => {
      const rowRemapFailed = rows.get(busId);
      return rowRemapFailed === undefined ? gpu : { ...gpu, rowRemapFailed };
    });
  };

  return async () => {
    try {
      const stdout = await askForGpus();
      if (stdout.trim() === '' || /^No devices/i.test(stdout)) return { kind: 'read', gpus: [], busIds: [] };
      const found = parseGpus(stdout);
      if (found.length === 0) {
        return {
          kind: 'failed',
          error: new Error(`nvidia-smi printed ${JSON.stringify(stdout.slice(0, 200))}`),
        };
      }
      const busIds = found.flatMap(({ busId }) => busId ?? []);
      return { kind: 'read', gpus: await withRows(found), busIds };
    } catch (error) {
      return hasCode(error, 'ENOENT') ? { kind: 'not-installed' } : { kind: 'failed', error };
    }
  };
};

export type { GpuReading, ReadGpus };
export { createGpuReader };
