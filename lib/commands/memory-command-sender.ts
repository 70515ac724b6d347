import type { Command } from './command.ts';
import type { CommandSender } from './command-store.ts';

interface MemoryCommandSender extends CommandSender {
  /** All that was sent, in order. */
  readonly sent: Command[];
}

/** CommandSender in memory. */
const createMemoryCommandSender = (): MemoryCommandSender => {
  const sent: Command[] = [];
  return {
    sent,
    send: async (command) => {
      sent.push(structuredClone(command));
    },
  };
};

export type { MemoryCommandSender };
export { createMemoryCommandSender };
