import type { Offer } from './instance.ts';
import type { Load } from './load.ts';

/** The machine behind an instance. */
interface RentedMachine {
  readonly provider: string;
  readonly instanceId: string;
  /** Of the machine's folder, under the folder of all machines. */
  readonly folder: string;
  /** What the provider itself puts into the environment of what runs there. */
  readonly environment: Readonly<Record<string, string>>;
  readonly offer: Offer;
  readonly load: Load;
}

/** What stands for the rented machines. Each act may come again. */
interface Machines {
  /** Names of machine folders that are taken, whoever made them. */
  folders(): string[];
  /** Makes the machine's folder where it is not there, and starts its agent. */
  boot(machine: RentedMachine): Promise<void>;
  /** Lets a machine that was booted be as busy as its load says. */
  setLoad(machine: RentedMachine): Promise<void>;
  /** The agent's process ends at once; the folder stays, as a disk does. */
  halt(machine: RentedMachine): Promise<void>;
  /** The agent's process ends at once and the folder is deleted. */
  destroy(machine: RentedMachine): Promise<void>;
  /** Ends all agents in good order. Folders stay. */
  close(): Promise<void>;
}

const nothing = (): Promise<void> => Promise.resolve();

/** For whoever needs only the API. */
const noMachines: Machines = {
  folders: () => [],
  boot: nothing,
  setLoad: nothing,
  halt: nothing,
  destroy: nothing,
  close: nothing,
};

export type { Machines, RentedMachine };
export { noMachines };
