import type { Command } from './command.ts';
import type { CommandResult } from './command-result.ts';

type CommandStatus = 'issued' | 'succeeded' | 'failed';

interface CommandRecord {
  readonly command: Command;
  readonly status: CommandStatus;
  readonly issuedAt: string;
  readonly answeredAt?: string;
  readonly failure?: Extract<CommandResult, { outcome: 'failed' }>['failure'];
}

/** The command ledger. Rows live 30 days (TTL). */
interface CommandStore {
  get(commandId: string): Promise<CommandRecord | undefined>;
  /** Writes the command unless it is there; false when it was. */
  put(command: Command): Promise<boolean>;
  /** Records the first answer; false when there was one or the command is unknown. */
  answer(commandId: string, nodeId: string, result: CommandResult, at: Date): Promise<boolean>;
  listOpen(nodeId: string): Promise<CommandRecord[]>;
}

/** Puts a command into its node's own queue. */
interface CommandSender {
  send(command: Command): Promise<void>;
}

export type { CommandRecord, CommandSender, CommandStatus, CommandStore };
