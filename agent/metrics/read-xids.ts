import { execFile } from 'node:child_process';
import { promisify } from 'node:util';
import type { Heartbeat } from '../../lib/nodes/heartbeat.ts';

type Xids = NonNullable<Heartbeat['xid']>;

const TIMEOUT_MS = 5000;
/** Kernels keep at most some megabytes of their log. */
const MAX_LOG_BYTES = 64 * 1024 * 1024;

/** `NVRM: Xid (PCI:0000:3b:00): 79, pid=…` */
const XID_LINE = /NVRM: Xid \(PCI:([0-9a-f:]+)(?:\.\d+)?\): (\d+)/gi;

/** `00000000:3B:00.0` (nvidia-smi) and `0000:3b:00` (kernel) are the same device. */
const deviceOf = (busId: string): string =>
  busId
    .toLowerCase()
    .replace(/\.\d+$/, '')
    .replace(/^0{4}(?=[0-9a-f]{4}:)/, '');

/** The errors of the devices `busIds` in a kernel log. Of others it says nothing: a host's log also has other tenants' GPUs. */
const countXids = (log: string, busIds: readonly string[]): Xids => {
  const own = new Set(busIds.map(deviceOf));
  const codes = [...log.matchAll(XID_LINE)]
    .filter(([, device = '']) => own.has(deviceOf(device)))
    .map(([, , code]) => Number(code));
  const lastCode = codes.at(-1);
  return { count: codes.length, ...(lastCode === undefined ? {} : { lastCode }) };
};

const run = promisify(execFile);

/** What the kernel's log has of these GPUs; undefined when it cannot be read, as in most containers. */
const readXids = async (busIds: readonly string[], program = 'dmesg'): Promise<Xids | undefined> => {
  try {
    const limits = { timeout: TIMEOUT_MS, killSignal: 'SIGKILL', maxBuffer: MAX_LOG_BYTES } as const;
    return countXids((await run(program, [], limits)).stdout, busIds);
  } catch {
    return undefined;
  }
};

export { countXids, readXids };
