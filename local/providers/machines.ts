import type { SimInstance } from './instance.ts';

/** What stands for the rented machines. */
interface Machines {
  /** Names of machine folders that are taken, whoever made them. */
  folders(): string[];
  /** Makes the machine's folder where it is not there, and starts its agent. */
  boot(instance: SimInstance): Promise<void>;
  /** The agent's process ends at once; the folder stays, as a disk does. */
  halt(instance: SimInstance): Promise<void>;
  /** The agent's process ends at once and the folder is deleted. */
  destroy(instance: SimInstance): Promise<void>;
  /** Ends all agents in good order. Folders stay. */
  close(): Promise<void>;
}

const nothing = (): Promise<void> => Promise.resolve();

/** For whoever needs only the API. */
const noMachines: Machines = {
  folders: () => [],
  boot: nothing,
  halt: nothing,
  destroy: nothing,
  close: nothing,
};

export type { Machines };
export { noMachines };
