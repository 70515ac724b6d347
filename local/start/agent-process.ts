import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { createWriteStream, mkdirSync } from 'node:fs';
import { setTimeout as delay } from 'node:timers/promises';
import { agentHome } from './agent-home.ts';

/** The agent promises to be gone within 10 s of SIGTERM; a little less, so that all of us are. */
const STOP_LIMIT_MS = 8000;

interface AgentOptions {
  /** The agent as one file. */
  readonly bundle: string;
  readonly dataFolder: string;
  readonly logFile: string;
  readonly endpoint: string;
  readonly region: string;
  readonly enrolmentUrl: string;
  readonly joinToken: string;
  readonly instanceId: string;
  /** Default: a machine of the user's own. */
  readonly provider?: string;
  /** How the agent learns its instance id; default, by its own variable. */
  readonly machineEnvironment?: Readonly<Record<string, string>>;
  /** More of the agent's own variables. */
  readonly environment?: Readonly<Record<string, string>>;
}

interface AgentProcess {
  readonly pid: number | undefined;
  readonly instanceId: string;
  readonly dataFolder: string;
  readonly logFile: string;
  /** Resolves when the process has ended, with a word on how. */
  readonly ended: Promise<string>;
  isRunning(): boolean;
  /** SIGTERM, and SIGKILL when that does not end it in time. */
  stop(): Promise<void>;
  /** SIGKILL: as when the machine loses power. */
  kill(): Promise<void>;
}

/**
 * Starts an agent as a process with its own data folder. Nothing of this process's environment reaches it but the
 * path to programs. It ends when this process ends, even by `kill -9`: its standard input closes.
 */
const startAgentProcess = (options: AgentOptions): AgentProcess => {
  mkdirSync(options.dataFolder, { recursive: true });
  const child = spawn(process.execPath, [options.bundle], {
    cwd: options.dataFolder,
    env: {
      PATH: process.env['PATH'] ?? '',
      ...agentHome(options.dataFolder, options.dataFolder),
      AWS_ENDPOINT_URL: options.endpoint,
      AWS_REGION: options.region,
      DROVER_ENROLMENT_URL: options.enrolmentUrl,
      DROVER_JOIN_TOKEN: options.joinToken,
      DROVER_DATA: options.dataFolder,
      DROVER_PROVIDER: options.provider ?? 'static',
      ...(options.machineEnvironment ?? { DROVER_INSTANCE_ID: options.instanceId }),
      DROVER_EXIT_WITH_STDIN: '1',
      ...options.environment,
    },
    stdio: ['pipe', 'pipe', 'pipe'],
  });
  const log = createWriteStream(options.logFile, { flags: 'a' });
  child.stdout.pipe(log, { end: false });
  child.stderr.pipe(log, { end: false });

  const isRunning = (): boolean =>
    child.exitCode === null && child.signalCode === null && child.pid !== undefined;
  const ended = once(child, 'close').then(
    async () => {
      // Whoever waits for the end may read the log then.
      await new Promise<void>((resolve) => {
        log.end(() => resolve());
      });
      return child.signalCode === null ? `exit code ${child.exitCode}` : child.signalCode;
    },
    (error: unknown) => `it could not be started: ${String(error)}`,
  );
  const kill = async (): Promise<void> => {
    child.kill('SIGKILL');
    await ended;
  };
  return {
    pid: child.pid,
    instanceId: options.instanceId,
    dataFolder: options.dataFolder,
    logFile: options.logFile,
    ended,
    isRunning,
    kill,
    stop: async () => {
      if (isRunning()) child.kill('SIGTERM');
      const inTime = await Promise.race([
        ended.then(() => true),
        delay(STOP_LIMIT_MS, false, { ref: false }),
      ]);
      if (!inTime) await kill();
    },
  };
};

export type { AgentOptions, AgentProcess };
export { startAgentProcess };
