import type { CommandSender, CommandStore } from '../commands/command-store.ts';
import { cancelCommand } from './work-commands.ts';

interface SendCancelPorts {
  readonly commands: Pick<CommandStore, 'put'>;
  readonly sender: CommandSender;
}

/**
 * Tells a node to end what it runs under a lease. The ledger first, then the queue: an answer to a command that is not in the ledger is
 * refused. Sent again, it is the same command.
 */
const sendCancel = async (
  { commands, sender }: SendCancelPorts,
  ...what: Parameters<typeof cancelCommand>
): Promise<void> => {
  const command = cancelCommand(...what);
  await commands.put(command);
  await sender.send(command);
};

export type { SendCancelPorts };
export { sendCancel };
