import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { baseUrlVariable } from '../../../lib/providers/base-url-variable.ts';
import { codeCacheFolder } from '../../../local/build-cache.ts';
import type { Cloud } from '../../../local/cloud.ts';
import { type Simulators, startSimulators } from '../../../local/providers/simulators.ts';
import { bundleAgent } from '../../../local/start/agent-bundle.ts';
import { createAgentMachines, type Home } from '../../../local/start/agent-machines.ts';
import { createJoinTokens } from '../../../local/start/join-tokens.ts';
import { logInProviders } from '../../../local/start/log-in-providers.ts';
import { waitForPreviousAgents } from '../../../local/start/previous-agents.ts';
import { profileOf } from '../../../local/start/write-profile.ts';
import { bootCloud } from './boot-cloud.ts';

interface BootedProviders {
  readonly cloud: Cloud;
  readonly simulators: Simulators;
  stop(): Promise<void>;
}

interface ProvidersOptions {
  /** Asked at each boot of a machine: whether an agent runs there. Default: on all. */
  readonly hasAgent?: () => boolean;
  /** More of the agents' own variables, e.g. `DROVER_HEARTBEAT_SECONDS`. */
  readonly agentEnvironment?: Readonly<Record<string, string>>;
  /** Everything lies in the folder and is found there by the next boot; default: gone at the end. */
  readonly keepsState?: boolean;
}

/**
 * An embedded cloud beside simulated providers that it is logged in to, as `npm start` has them; what is rented there
 * is a real agent process on an idle machine. Schedules fire only by `cloud.tick`.
 */
const bootProviders = async (folder: string, options: ProvidersOptions = {}): Promise<BootedProviders> => {
  const { hasAgent = () => true, agentEnvironment = {}, keepsState = false } = options;
  mkdirSync(folder, { recursive: true });
  const pidFile = join(folder, 'agents.pid');
  await waitForPreviousAgents(pidFile);
  let home: Home | undefined;
  const machines = createAgentMachines({
    bundle: await bundleAgent(),
    nodesFolder: join(folder, 'nodes'),
    machinesFolder: join(folder, 'machines'),
    logsFolder: folder,
    pidFile,
    agentEnvironment: { NODE_COMPILE_CACHE: codeCacheFolder, ...agentEnvironment },
    home: () => {
      if (home === undefined) throw new Error('rent after the cloud has booted');
      return home;
    },
    onCrash: () => undefined,
  });
  const simulators = await startSimulators({
    // Free of charge while it boots, an instance would look free.
    bootMs: 0,
    machines: { ...machines, boot: async (machine) => (hasAgent() ? machines.boot(machine) : undefined) },
    ...(keepsState && { dataFolder: join(folder, 'providers') }),
  });
  let cloud: Cloud | undefined;
  const stop = async (): Promise<void> => {
    await simulators.stop();
    await cloud?.stop();
  };
  try {
    cloud = await bootCloud({
      logFolder: folder,
      schedules: false,
      functionEnvironment: Object.fromEntries(
        simulators.all.map(({ provider, baseUrl }) => [baseUrlVariable(provider), baseUrl]),
      ),
      ...(keepsState && { dataFolder: join(folder, 'cloud') }),
    });
    home = {
      endpoint: cloud.endpoint,
      region: cloud.region,
      enrolmentUrl: profileOf(cloud).enrolmentUrl,
      joinToken: createJoinTokens(cloud),
    };
    await logInProviders(
      cloud,
      simulators.all.map(({ provider }) => provider),
    );
    await simulators.resume();
    return { cloud, simulators, stop };
  } catch (error) {
    await stop();
    throw error;
  }
};

export type { BootedProviders, ProvidersOptions };
export { bootProviders };
