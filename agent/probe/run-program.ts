import { type ChildProcess, spawn } from 'node:child_process';

/** A program and its arguments, without zero bytes. No shell reads it. */
type ArgumentVector = readonly [string, ...string[]];

/** How a program ended. */
type ProgramEnd =
  | { readonly kind: 'exited'; readonly code: number; readonly output: string; readonly complaint: string }
  | { readonly kind: 'killed'; readonly signal: string }
  | { readonly kind: 'too-long'; readonly limitSeconds: number }
  | { readonly kind: 'too-much-output' }
  | { readonly kind: 'not-started'; readonly message: string }
  | { readonly kind: 'stopped' };

interface ProgramLimits {
  readonly limitSeconds: number;
  /** Bytes on standard output beyond which the program is ended. */
  readonly outputBytes: number;
  readonly signal: AbortSignal;
}

/** Of standard error, as much as helps to find out what was wrong. */
const COMPLAINT_BYTES = 1000;

/** Ends the program and all that it started in its group. */
const killGroup = ({ pid }: ChildProcess): void => {
  if (pid === undefined) return;
  try {
    process.kill(-pid, 'SIGKILL');
  } catch {
    // Nothing of the group is left.
  }
};

/**
 * Runs a program in a process group of its own and says how it ended. At a limit the whole group is killed; so is what a program
 * leaves in its group when it exits, and what leaves the group but keeps the output open counts as the program itself.
 */
const runProgram = async (
  [program, ...programArguments]: ArgumentVector,
  { limitSeconds, outputBytes, signal }: ProgramLimits,
): Promise<ProgramEnd> =>
  await new Promise((resolve) => {
    let output = '';
    let complaint = '';
    const child = spawn(program, programArguments, {
      detached: true,
      stdio: ['ignore', 'pipe', 'pipe'],
      // The program is the user's own, but has no business with this.
      env: { ...process.env, DROVER_JOIN_TOKEN: undefined },
    });
    const end = (how: ProgramEnd): void => {
      clearTimeout(timer);
      signal.removeEventListener('abort', stop);
      if (child.exitCode === null && child.signalCode === null) killGroup(child);
      child.stdout.destroy();
      child.stderr.destroy();
      child.unref();
      resolve(how);
    };
    const stop = (): void => end({ kind: 'stopped' });
    const timer = setTimeout(() => end({ kind: 'too-long', limitSeconds }), limitSeconds * 1000);
    signal.addEventListener('abort', stop, { once: true });
    if (signal.aborted) stop();
    child.on('error', ({ message }) => end({ kind: 'not-started', message }));
    child.stdout.on('data', (chunk: Buffer) => {
      output += chunk.toString('utf8');
      if (output.length > outputBytes) end({ kind: 'too-much-output' });
    });
    child.stderr.on('data', (chunk: Buffer) => {
      complaint = `${complaint}${chunk.toString('utf8')}`.slice(0, COMPLAINT_BYTES);
    });
    child.on('exit', () => killGroup(child));
    child.on('close', (code, killedBy) => {
      if (code === null) end({ kind: 'killed', signal: killedBy ?? 'unknown' });
      else end({ kind: 'exited', code, output, complaint });
    });
  });

/** In words: `exit code 3: no such table`. */
const describeEnd = (end: ProgramEnd): string => {
  switch (end.kind) {
    case 'exited': {
      const said = (end.complaint.trim() || end.output.trim()).slice(0, 100);
      return `exit code ${end.code}${said === '' ? '' : `: ${said}`}`;
    }
    case 'killed':
      return `ended by ${end.signal}`;
    case 'too-long':
      return `not done after ${end.limitSeconds} s`;
    case 'too-much-output':
      return 'it prints too much';
    case 'not-started':
      return `it could not be started: ${end.message}`;
    case 'stopped':
      return 'the agent stopped it';
  }
};

export type { ArgumentVector, ProgramEnd };
export { describeEnd, runProgram };
