import { chmodSync, copyFileSync, mkdirSync, readdirSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { delimiter, join } from 'node:path';
import type { Offer } from '../providers/instance.ts';
import type { Load } from '../providers/load.ts';
import { agentHome } from './agent-home.ts';
import { gpuTables } from './gpu-tables.ts';

/** What a rented machine shows to the agent on it, apart from its data: a folder with programs, a home, processes, CPU time. */
interface MachineFolder {
  /** What the agent is told, so that it sees this machine and not the computer that it really runs on. */
  readonly environment: Readonly<Record<string, string>>;
  /** The machine has this load from now on. */
  setLoad(load: Load): void;
  /** Brings the CPU time, and what wanders, up to the present. */
  advance(): void;
}

interface MachineFolderOptions {
  readonly folder: string;
  readonly dataFolder: string;
  readonly offer: Offer;
  readonly load: Load;
  /** Epoch milliseconds: GPU load wanders by it. */
  readonly now: () => number;
  /** A clock that never jumps, in milliseconds: CPU time is counted by it. */
  readonly monotonicMs: () => number;
}

const PROGRAMS = join(import.meta.dirname, 'machine-programs');
/** One core: `cpu.max` is quota and period in microseconds. */
const CPU_MAX = '100000 100000\n';
const MICROSECONDS_PER_MS = 1000;
const FIRST_SESSION_PID = 1000;

/** Whole or not at all: an agent may read at any moment. */
const replaceFile = (file: string, content: string): void => {
  writeFileSync(`${file}.new`, content);
  renameSync(`${file}.new`, file);
};

/** A running process as procfs shows it. */
const addProcess = (proc: string, pid: number, title: string): void => {
  mkdirSync(join(proc, String(pid)), { recursive: true });
  writeFileSync(join(proc, String(pid), 'cmdline'), `${title}\0`);
};

/** Makes the folder of a machine that boots; what an earlier boot left in its home stays. */
const openMachineFolder = (options: MachineFolderOptions): MachineFolder => {
  const { folder, dataFolder, offer, now, monotonicMs } = options;
  const at = (name: string): string => join(folder, name);
  let load = options.load;
  let busyMicroseconds = 0;
  let countedMs = monotonicMs();
  const written = new Map<string, string>();

  const write = (file: string, content: string): void => {
    if (written.get(file) === content) return;
    replaceFile(file, content);
    written.set(file, content);
  };
  const countCpu = (): void => {
    const nowMs = monotonicMs();
    busyMicroseconds += (nowMs - countedMs) * MICROSECONDS_PER_MS * (load.cpuPercent / 100);
    countedMs = nowMs;
    write(join(at('cgroup'), 'cpu.stat'), `usage_usec ${Math.round(busyMicroseconds)}\n`);
  };
  const showGpus = (): void => {
    for (const [query, table] of Object.entries(gpuTables(offer, load, now()))) {
      write(join(at('gpus'), `${query}.csv`), table);
    }
  };
  const showSessions = (): void => {
    const pids = Array.from({ length: load.sshSessions }, (_, index) => FIRST_SESSION_PID + index);
    for (const name of readdirSync(at('proc'))) {
      if (name !== '1' && !pids.includes(Number(name))) rmSync(join(at('proc'), name), { recursive: true });
    }
    pids.forEach((pid, index) => {
      addProcess(at('proc'), pid, `sshd: user@pts/${index}`);
    });
  };
  const advance = (): void => {
    countCpu();
    showGpus();
    write(at('probe'), `${load.probe}\n`);
  };

  for (const name of ['bin', 'cgroup', 'gpus', 'home', 'proc']) mkdirSync(at(name), { recursive: true });
  for (const name of readdirSync(PROGRAMS)) {
    copyFileSync(join(PROGRAMS, name), join(at('bin'), name));
    chmodSync(join(at('bin'), name), 0o755);
  }
  writeFileSync(join(at('cgroup'), 'cpu.max'), CPU_MAX);
  addProcess(at('proc'), 1, '/sbin/init');
  showSessions();
  advance();

  return {
    environment: {
      PATH: [at('bin'), process.env['PATH'] ?? ''].join(delimiter),
      ...agentHome(at('home'), dataFolder),
      DROVER_PROC: at('proc'),
      DROVER_CGROUP: at('cgroup'),
      DROVER_IDLE_PROBE: JSON.stringify([join(at('bin'), 'idle-probe')]),
    },
    setLoad: (next) => {
      countCpu();
      load = next;
      showSessions();
      advance();
    },
    advance,
  };
};

export type { MachineFolder };
export { openMachineFolder };
