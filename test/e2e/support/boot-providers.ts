import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { baseUrlVariable } from '../../../lib/providers/base-url-variable.ts';
import type { Cloud } from '../../../local/cloud.ts';
import { type Simulators, startSimulators } from '../../../local/providers/simulators.ts';
import { bundleAgent } from '../../../local/start/agent-bundle.ts';
import { createAgentMachines, type Home } from '../../../local/start/agent-machines.ts';
import { createJoinTokens } from '../../../local/start/join-tokens.ts';
import { logInProviders } from '../../../local/start/log-in-providers.ts';
import { profileOf } from '../../../local/start/write-profile.ts';
import { bootCloud } from './boot-cloud.ts';

interface BootedProviders {
  readonly cloud: Cloud;
  readonly simulators: Simulators;
  stop(): Promise<void>;
}

/**
 * An embedded cloud beside simulated providers that it is logged in to, as `npm start` has them; what is rented there
 * is a real agent process, unless `hasAgent` says no. Schedules fire only by `cloud.tick`.
 */
const bootProviders = async (
  folder: string,
  hasAgent: () => boolean = () => true,
): Promise<BootedProviders> => {
  mkdirSync(folder, { recursive: true });
  let home: Home | undefined;
  const machines = createAgentMachines({
    bundle: await bundleAgent(),
    nodesFolder: join(folder, 'nodes'),
    machinesFolder: join(folder, 'machines'),
    logsFolder: folder,
    pidFile: join(folder, 'agents.pid'),
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
  });
  try {
    const cloud = await bootCloud({
      logFolder: folder,
      schedules: false,
      functionEnvironment: Object.fromEntries(
        simulators.all.map(({ provider, baseUrl }) => [baseUrlVariable(provider), baseUrl]),
      ),
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
    return {
      cloud,
      simulators,
      stop: async () => {
        await simulators.stop();
        await cloud.stop();
      },
    };
  } catch (error) {
    await simulators.stop();
    throw error;
  }
};

export type { BootedProviders };
export { bootProviders };
