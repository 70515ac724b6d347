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
  /** Resolves when nothing of its group runs any more, or when the system could not end it for long. */
  readonly ended: Promise<JobEnd>;
  /** Resolves when it is really gone, and so is its hold on the GPUs. */
  readonly gone: Promise<void>;
  /** Asks it to end, and ends it when it has not by then. False when it had ended by itself. */
  stop(graceSeconds: number): boolean;
}

type Start = StartedProgram | Extract<JobEnd, { kind: 'not-started' }>;

/** Between the request to end and the end. */
const GRACE_SECONDS = 10;
/** A program that waits for a broken driver cannot be ended. After so long nobody waits for that any more. */
const STUCK_SECONDS = 60;
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

const watch = (
  child: ChildProcess,
  group: number,
  limitSeconds: number,
  stuckSeconds: number,
): StartedProgram => {
  let isTooLate = false;
  const gone = Promise.withResolvers<void>();
  const ended = Promise.withResolvers<JobEnd>();
  const end = (code: number | null, signal: string): void => {
    if (isTooLate) ended.resolve({ kind: 'timeout', limitSeconds });
    else ended.resolve(code === null ? { kind: 'killed', signal } : { kind: 'exited', code });
  };
  let cancelKill = (): void => undefined;
  const stop = (graceSeconds: number): boolean => {
    if (child.exitCode !== null || child.signalCode !== null) return false;
    signalGroup(group, 'SIGTERM');
    cancelKill();
    cancelKill = afterSeconds(graceSeconds, () => {
      signalGroup(group, 'SIGKILL');
      cancelKill = afterSeconds(stuckSeconds, () => end(null, 'SIGKILL, which did not end it yet'));
    });
    return true;
  };
  const cancelLimit = afterSeconds(limitSeconds, () => {
    isTooLate = stop(GRACE_SECONDS);
  });
  child.on('exit', (code, signal) => {
    cancelLimit();
    cancelKill();
    // What the program leaves behind holds its GPUs, and would write into files that are being brought away.
    signalGroup(group, 'SIGKILL');
    end(code, signal ?? 'unknown');
    gone.resolve();
  });
  return {
    pid: group,
    processStart: processStart(group),
    ended: ended.promise,
    gone: gone.promise,
    stop,
  };
};

/** Starts the program in a process group of its own, without a shell. Both of its outputs go into the log. */
const startJob = async (program: JobProgram, stuckSeconds = STUCK_SECONDS): Promise<Start> => {
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
    if (child.pid !== undefined && failure === undefined) {
      return watch(child, child.pid, timeLimitSeconds, stuckSeconds);
    }
    const isWrong = hasCode(failure, 'ENOENT', 'EACCES', 'ENOEXEC', 'ENOTDIR', 'E2BIG');
    const why = failure?.message ?? 'no process was made';
    return notStarted(`the program ${file} could not be started: ${why}`, !isWrong);
  } finally {
    await output.close();
  }
};

export type { JobProgram, Start, StartedProgram };
export { GRACE_SECONDS, startJob };
