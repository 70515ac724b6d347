import { type ChildProcess, spawn } from 'node:child_process';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { codeCacheFolder } from '../../../local/build-cache.ts';

const projectFolder = join(dirname(fileURLToPath(import.meta.url)), '..', '..', '..');

interface Finished {
  /** The exit code, or the signal that ended it. */
  readonly code: number | NodeJS.Signals | null;
  readonly stdout: string;
  readonly stderr: string;
}

interface RunningProcess {
  readonly child: ChildProcess;
  readonly finished: Promise<Finished>;
  stdout(): string;
  stderr(): string;
}

interface ProcessOptions {
  readonly cwd?: string;
  /** The whole environment but for the path to programs. */
  readonly env?: Readonly<Record<string, string>>;
}

/** Starts one of the project's own programs with this Node, with nothing of this process's environment. */
const startProcess = (
  script: string,
  args: readonly string[],
  options: ProcessOptions = {},
): RunningProcess => {
  const child = spawn(process.execPath, [join(projectFolder, script), ...args], {
    cwd: options.cwd ?? projectFolder,
    env: {
      PATH: process.env['PATH'] ?? '',
      HOME: process.env['HOME'] ?? '',
      // Programs start all the time here: what they load is compiled once.
      NODE_COMPILE_CACHE: codeCacheFolder,
      ...options.env,
    },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  let stdout = '';
  let stderr = '';
  child.stdout.on('data', (chunk: Buffer) => {
    stdout += chunk.toString();
  });
  child.stderr.on('data', (chunk: Buffer) => {
    stderr += chunk.toString();
  });
  const finished = new Promise<Finished>((resolve, reject) => {
    child.on('error', reject);
    child.on('close', (code, signal) => resolve({ code: code ?? signal, stdout, stderr }));
  });
  return { child, finished, stdout: () => stdout, stderr: () => stderr };
};

export type { Finished, RunningProcess };
export { projectFolder, startProcess };
