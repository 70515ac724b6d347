import type { CommandStore } from '../commands/command-store.ts';
import type { Clock } from '../time.ts';

interface CloseCommandsPorts {
  readonly commands: Pick<CommandStore, 'listOpen' | 'answer'>;
  readonly clock: Clock;
}

/**
 * Answers the open commands of a node that ended or was revoked with `node-gone`: nobody else will, and the ledger would show them
 * as open for 30 days. A success that was on its way still counts afterwards. May be repeated.
 */
const closeCommands = async (
  { commands, clock }: CloseCommandsPorts,
  nodeId: string,
  why: string,
): Promise<void> => {
  for (const { command } of await commands.listOpen(nodeId)) {
    const { commandId, attempt, type } = command;
    const failure = { class: 'node-gone', message: why } as const;
    const result = { commandId, attempt, commandType: type, outcome: 'failed', failure } as const;
    await commands.answer(commandId, nodeId, result, clock.now());
  }
};

export type { CloseCommandsPorts };
export { closeCommands };
