import { type ChildProcess, fork } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import type { ReachableCloud } from '../../../local/cloud.ts';
import { waitForPreviousAgents } from '../../../local/start/previous-agents.ts';
import { type FromParent, type ToParent, toParentSchema } from './providers-messages.ts';
import { createSimClient, type SimClient } from './sim-client.ts';

interface ProvidersProcess {
  readonly cloud: ReachableCloud;
  readonly sim: SimClient;
  /** Fires a schedule, by rule name; resolves when its targets have run once. It fails when the process ends meanwhile. */
  tick(ruleName: string): Promise<void>;
  /** `kill -9` of everything at once: cloud, providers, and the agents, which end with them. Resolves when all are gone. */
  kill(): Promise<void>;
  /** Ends all in good order. */
  stop(): Promise<void>;
}

type Ready = Extract<ToParent, { type: 'ready' }>;

/** Resolves at the first message of the process. @throws Error with what it wrote when it ends before */
const untilReady = async (child: ChildProcess, wrote: () => string): Promise<Ready> => {
  const ended = once(child, 'exit').then(([code, signal]) => {
    throw new Error(`the cloud ended (${code ?? signal}) before it was ready; it wrote ${wrote()}`);
  });
  const [message] = await Promise.race([once(child, 'message'), ended]);
  const parsed = toParentSchema.parse(message);
  if (parsed.type !== 'ready') throw new Error(`the cloud began with ${parsed.type}`);
  return parsed;
};

/**
 * As `bootProviders`, in a process of its own that keeps its state in `folder`: killed at any moment, a second start
 * there goes on with it. Its addresses are new at each start.
 */
const startProvidersProcess = async (
  folder: string,
  agentEnvironment: Readonly<Record<string, string>> = {},
): Promise<ProvidersProcess> => {
  const child = fork(
    join(import.meta.dirname, 'providers-child.ts'),
    [folder, JSON.stringify({ agentEnvironment })],
    { execArgv: ['--disable-warning=ExperimentalWarning'], stdio: ['ignore', 'pipe', 'pipe', 'ipc'] },
  );
  let written = '';
  for (const stream of [child.stdout, child.stderr]) {
    stream?.on('data', (chunk: Buffer) => {
      written += chunk.toString();
    });
  }
  const gone = new Promise<void>((resolve) => child.once('close', () => resolve()));
  const ready = await untilReady(child, () => written);
  const { operatorEnvironment, ...cloud } = ready.cloud;
  const waiting = new Map<number, { resolve: () => void; reject: (error: Error) => void }>();
  let lastId = 0;
  child.on('message', (raw) => {
    const message = toParentSchema.parse(raw);
    if (message.type !== 'ticked') return;
    const asked = waiting.get(message.id);
    waiting.delete(message.id);
    if (message.error === undefined) asked?.resolve();
    else asked?.reject(new Error(message.error));
  });
  void gone.then(() => {
    for (const { reject } of waiting.values()) reject(new Error('the cloud ended during the tick'));
  });
  const end = async (signal: NodeJS.Signals): Promise<void> => {
    child.kill(signal);
    await gone;
    await waitForPreviousAgents(join(folder, 'agents.pid'));
  };
  return {
    cloud: { ...cloud, operatorEnvironment: () => operatorEnvironment },
    sim: createSimClient(ready.simulators),
    tick: (tick) =>
      new Promise((resolve, reject) => {
        lastId += 1;
        waiting.set(lastId, { resolve, reject });
        const message: FromParent = { id: lastId, tick };
        child.send(message);
      }),
    kill: () => end('SIGKILL'),
    stop: () => end('SIGTERM'),
  };
};

export type { ProvidersProcess };
export { startProvidersProcess };
