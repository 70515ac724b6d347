import { type ChildProcess, spawn } from 'node:child_process';
import { open, stat } from 'node:fs/promises';
import type { ArgumentVector } from '../../lib/work/fill-command.ts';
import { hasCode } from '../disk/durable-file.ts';
import { processStart } from '../disk/process-start.ts';
import { signalGroup } from './job-processes.ts';
import type { JobEnd } from './work-journal-state.ts';

interface JobProgram {
  readonly vector: ArgumentVector;
  readonly workingFolder: string;
  readonly environment: Readonly<Record<string, string>>;
  /** Gets all that the program prints. */
  readonly log: string;
  readonly timeLimitSeconds: number;
}

interface StartedProgram {
  readonly pid: number;
  readonly processStart: string;
  /** Resolves when nothing of its group runs any more. */
  readonly ended: Promise<JobEnd>;
  /** Asks it to end, and ends it when it has not by then. False when it had ended by itself. */
  stop(graceSeconds: number): boolean;
}

type Start = StartedProgram | Extract<JobEnd, { kind: 'not-started' }>;

/** Between the request to end and the end. */
const GRACE_SECONDS = 10;
/** Longer waits overflow a timer. */
const LONGEST_TIMER_SECONDS = 1_000_000;

const notStarted = (message: string, canRetryHelp: boolean): Start => ({
  kind: 'not-started',
  message,
  canRetryHelp,
});

/** Calls back after so many seconds, however many. Returns what keeps it from that. */
const afterSeconds = (seconds: number, call: () => void): (() => void) => {
  let timer: NodeJS.Timeout;
  const wait = (left: number): void => {
    const part = Math.min(left, LONGEST_TIMER_SECONDS);
    timer = setTimeout(() => (left > part ? wait(left - part) : call()), part * 1000);
  };
  wait(seconds);
  return () => clearTimeout(timer);
};

const watch = (child: ChildProcess, group: number, limitSeconds: number): StartedProgram => {
  let isTooLate = false;
  let cancelKill = (): void => undefined;
  const stop = (graceSeconds: number): boolean => {
    if (child.exitCode !== null || child.signalCode !== null) return false;
    signalGroup(group, 'SIGTERM');
    cancelKill();
    cancelKill = afterSeconds(graceSeconds, () => signalGroup(group, 'SIGKILL'));
    return true;
  };
  const cancelLimit = afterSeconds(limitSeconds, () => {
    isTooLate = stop(GRACE_SECONDS);
  });
  const ended = new Promise<JobEnd>((resolve) => {
    child.on('exit', (code, signal) => {
      cancelLimit();
      cancelKill();
      // What the program leaves behind holds its GPUs, and would write into files that are being brought away.
      signalGroup(group, 'SIGKILL');
      if (isTooLate) resolve({ kind: 'timeout', limitSeconds });
      else if (code === null) resolve({ kind: 'killed', signal: signal ?? 'unknown' });
      else resolve({ kind: 'exited', code });
    });
  });
  return { pid: group, processStart: processStart(group), ended, stop };
};

/** Starts the program in a process group of its own, without a shell. Both of its outputs go into the log. */
const startJob = async (program: JobProgram): Promise<Start> => {
  const { vector, workingFolder, environment, log, timeLimitSeconds } = program;
  const [file, ...programArguments] = vector;
  const isFolder = await stat(workingFolder).then(
    (found) => found.isDirectory(),
    () => false,
  );
  // The system would blame the program.
  if (!isFolder) return notStarted(`the working folder ${workingFolder} is not there`, false);
  const output = await open(log, 'a', 0o600);
  try {
    const child = spawn(file, programArguments, {
      detached: true,
      cwd: workingFolder,
      env: { ...environment },
      stdio: ['ignore', output.fd, output.fd],
    });
    const failure = await new Promise<Error | undefined>((resolve) => {
      child.once('spawn', () => resolve(undefined));
      child.once('error', resolve);
    });
    if (child.pid !== undefined && failure === undefined) return watch(child, child.pid, timeLimitSeconds);
    const isWrong = hasCode(failure, 'ENOENT', 'EACCES', 'ENOEXEC', 'ENOTDIR', 'E2BIG');
    const why = failure?.message ?? 'no process was made';
    return notStarted(`the program ${file} could not be started: ${why}`, !isWrong);
  } finally {
    await output.close();
  }
};

export type { JobProgram, Start, StartedProgram };
export { GRACE_SECONDS, startJob };
