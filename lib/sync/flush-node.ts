import type { CommandSender, CommandStore } from '../commands/command-store.ts';
import { derivedId } from '../ids.ts';
import { addSeconds, type Clock, toTimestamp } from '../time.ts';

interface FlushPorts {
  readonly commands: Pick<CommandStore, 'put'>;
  readonly sender: CommandSender;
  readonly clock: Clock;
}

/** What a flush may take: large files over a slow line. What it did not bring stays in the agent's log, and goes on by itself. */
const FLUSH_SECONDS = 3600;

/** Tells a node to bring what it has into the store, now. The same occasion is the same command. */
const flushNode = async (
  { commands, sender, clock }: FlushPorts,
  nodeId: string,
  occasion: string,
): Promise<void> => {
  const now = clock.now();
  const command = {
    schemaVersion: 1 as const,
    commandId: derivedId('c', 'flush', nodeId, occasion),
    nodeId,
    attempt: 1,
    issuedAt: toTimestamp(now),
    deadlineAt: toTimestamp(addSeconds(now, FLUSH_SECONDS)),
    type: 'flush' as const,
  };
  // Ledger first: a repeat puts the same command, which the agent knows already.
  await commands.put(command);
  await sender.send(command);
};

export { flushNode };
