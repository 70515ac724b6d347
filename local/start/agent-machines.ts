import { existsSync, mkdirSync, readdirSync, realpathSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import type { Machines, RentedMachine } from '../providers/machines.ts';
import { type AgentProcess, startAgentProcess } from './agent-process.ts';
import { workEnvironment } from './demo-work.ts';
import { endPrograms } from './end-programs.ts';
import { type MachineFolder, openMachineFolder } from './machine-folder.ts';
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
  /** Holds the data folder of each agent. */
  readonly nodesFolder: string;
  /** Holds what else each machine is: its home, programs, processes. */
  readonly machinesFolder: string;
  readonly logsFolder: string;
  /** Lists the processes that run, for the next start. */
  readonly pidFile: string;
  /** Asked at each boot: the providers are there before Drover is. */
  readonly home: () => Home;
  /** More of the agents' own variables. */
  readonly agentEnvironment?: Readonly<Record<string, string>>;
  /** An agent ended that nobody ended. */
  readonly onCrash: (agent: AgentProcess, how: string) => void;
}

/** Where the provider tells the machine nothing, whoever sets it up says which instance it is. */
const environmentOf = ({ environment, instanceId }: RentedMachine): Record<string, string> =>
  Object.keys(environment).length > 0 ? { ...environment } : { DROVER_INSTANCE_ID: instanceId };

/** How often what changes by itself is brought up to the present: several times between two heartbeats. */
const ADVANCE_MS = 500;

/** Rented machines as what they are here: folders, and a real agent process that works in them. */
const createAgentMachines = (options: AgentMachinesOptions): Machines => {
  /** By folder. */
  const agents = new Map<string, AgentProcess>();
  const machineFolders = new Map<string, MachineFolder>();
  const folderOf = ({ folder }: RentedMachine): string => join(options.nodesFolder, folder);
  const machineFolderOf = ({ folder }: RentedMachine): string => join(options.machinesFolder, folder);
  const remember = (): void => rememberAgents(options.pidFile, [...agents.values()]);
  for (const folder of [options.nodesFolder, options.machinesFolder]) mkdirSync(folder, { recursive: true });

  const advance = (): void => {
    for (const [name, folder] of machineFolders) {
      try {
        folder.advance();
      } catch {
        // Somebody deleted it: what its agent cannot read any more is unknown to it.
        machineFolders.delete(name);
      }
    }
  };
  const advancing = setInterval(advance, ADVANCE_MS);
  advancing.unref();

  const end = async (machine: RentedMachine): Promise<void> => {
    const agent = agents.get(machine.folder);
    agents.delete(machine.folder);
    machineFolders.delete(machine.folder);
    await agent?.kill();
    if (agent !== undefined && existsSync(agent.dataFolder)) endPrograms(realpathSync(agent.dataFolder));
    remember();
  };

  return {
    folders: () => [...readdirSync(options.nodesFolder), ...readdirSync(options.machinesFolder)],
    boot: async (machine) => {
      await end(machine);
      const { joinToken, ...home } = options.home();
      const dataFolder = folderOf(machine);
      const machineFolder = openMachineFolder({
        folder: machineFolderOf(machine),
        dataFolder,
        offer: machine.offer,
        load: machine.load,
        now: Date.now,
        monotonicMs: () => performance.now(),
      });
      machineFolders.set(machine.folder, machineFolder);
      const agent = startAgentProcess({
        ...home,
        bundle: options.bundle,
        dataFolder,
        logFile: join(options.logsFolder, `node-${machine.folder}.log`),
        joinToken: await joinToken(),
        instanceId: machine.instanceId,
        provider: machine.provider,
        machineEnvironment: environmentOf(machine),
        environment: {
          ...machineFolder.environment,
          // Only nodes that train get training files.
          DROVER_TRAINS: 'true',
          ...workEnvironment(machine.load),
          ...options.agentEnvironment,
        },
      });
      agents.set(machine.folder, agent);
      remember();
      void agent.ended.then((how) => {
        if (agents.get(machine.folder) === agent) options.onCrash(agent, how);
      });
    },
    setLoad: async ({ folder, load }) => machineFolders.get(folder)?.setLoad(load),
    halt: end,
    destroy: async (machine) => {
      await end(machine);
      for (const folder of [machineFolderOf(machine), folderOf(machine)]) {
        rmSync(folder, { recursive: true, force: true, maxRetries: 5 });
      }
    },
    close: async () => {
      clearInterval(advancing);
      machineFolders.clear();
      const running = [...agents.values()];
      agents.clear();
      await Promise.all(running.map((agent) => agent.stop()));
    },
  };
};

export type { AgentMachinesOptions, Home };
export { createAgentMachines };
