import { mkdirSync, readdirSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import type { Machines, RentedMachine } from '../providers/machines.ts';
import { type AgentProcess, startAgentProcess } from './agent-process.ts';
import { rememberAgents } from './previous-agents.ts';

/** Where agents find Drover. */
interface Home {
  readonly endpoint: string;
  readonly region: string;
  readonly enrolmentUrl: string;
  /** A join token that one more agent can use. */
  joinToken(): Promise<string>;
}

interface AgentMachinesOptions {
  /** The agent as one file. */
  readonly bundle: string;
  /** Holds a folder for each machine. */
  readonly nodesFolder: string;
  readonly logsFolder: string;
  /** Lists the processes that run, for the next start. */
  readonly pidFile: string;
  /** Asked at each boot: the providers are there before Drover is. */
  readonly home: () => Home;
  /** An agent ended that nobody ended. */
  readonly onCrash: (agent: AgentProcess, how: string) => void;
}

/** Where the provider tells the machine nothing, whoever sets it up says which instance it is. */
const environmentOf = ({ environment, instanceId }: RentedMachine): Record<string, string> =>
  Object.keys(environment).length > 0 ? { ...environment } : { DROVER_INSTANCE_ID: instanceId };

/** Rented machines as what they are here: a folder, and a real agent process that works in it. */
const createAgentMachines = (options: AgentMachinesOptions): Machines => {
  /** By folder. */
  const agents = new Map<string, AgentProcess>();
  const folderOf = ({ folder }: RentedMachine): string => join(options.nodesFolder, folder);
  const remember = (): void => rememberAgents(options.pidFile, [...agents.values()]);
  mkdirSync(options.nodesFolder, { recursive: true });

  const end = async (machine: RentedMachine): Promise<void> => {
    const agent = agents.get(machine.folder);
    agents.delete(machine.folder);
    await agent?.kill();
    remember();
  };

  return {
    folders: () => readdirSync(options.nodesFolder),
    boot: async (machine) => {
      await end(machine);
      const { joinToken, ...home } = options.home();
      const agent = startAgentProcess({
        ...home,
        bundle: options.bundle,
        dataFolder: folderOf(machine),
        logFile: join(options.logsFolder, `node-${machine.folder}.log`),
        joinToken: await joinToken(),
        instanceId: machine.instanceId,
        provider: machine.provider,
        machineEnvironment: environmentOf(machine),
        // Without GPUs only nodes that train get training files.
        environment: { DROVER_TRAINS: 'true' },
      });
      agents.set(machine.folder, agent);
      remember();
      void agent.ended.then((how) => {
        if (agents.get(machine.folder) === agent) options.onCrash(agent, how);
      });
    },
    halt: end,
    destroy: async (machine) => {
      await end(machine);
      rmSync(folderOf(machine), { recursive: true, force: true, maxRetries: 5 });
    },
    close: async () => {
      const running = [...agents.values()];
      agents.clear();
      await Promise.all(running.map((agent) => agent.stop()));
    },
  };
};

export type { AgentMachinesOptions, Home };
export { createAgentMachines };
