import type { Command } from '../commands/command.ts';
import type { NodeConfiguration } from '../commands/node-configuration.ts';
import { derivedId } from '../ids.ts';
import type { Drain } from '../nodes/drain.ts';
import type { Node } from '../nodes/node.ts';
import { addSeconds, toTimestamp } from '../time.ts';
import type { DrainEndPorts } from './idle-ports.ts';

/** How a node is told something. */
type TellPorts = Pick<DrainEndPorts, 'commands' | 'sender'>;

/** A node that is told to resume, or what to ignore, answers within this or is told again. */
const ANSWER_SECONDS = 600;

const common = (nodeId: string, commandId: string, now: Date, deadlineAt: string) => ({
  schemaVersion: 1 as const,
  commandId,
  nodeId,
  attempt: 1,
  issuedAt: toTimestamp(now),
  deadlineAt,
});

/** Ledger first, then the queue: a repeat puts the same command, which the agent knows already. */
const give = async ({ commands, sender }: TellPorts, command: Command): Promise<void> => {
  await commands.put(command);
  await sender.send(command);
};

/** Tells the agent to drain. With a later `drainUntil` than before it extends the promise, under an id of its own. */
const sendDrain = async (ports: TellPorts, nodeId: string, drain: Drain, now: Date): Promise<void> => {
  const { drainId, epoch, drainUntil, acknowledgeBy, reason, work } = drain;
  const commandId = derivedId('c', 'drain', drainId, drainUntil);
  await give(ports, {
    ...common(nodeId, commandId, now, acknowledgeBy ?? drainUntil),
    type: 'drain',
    drainId,
    epoch,
    drainUntil,
    reason,
    ...(work === undefined ? {} : { work }),
  });
};

/** @param occasion makes repeats for other occasions other commands */
const sendResume = async (
  ports: TellPorts,
  nodeId: string,
  { drainId, epoch }: Pick<Drain, 'drainId' | 'epoch'>,
  occasion: string | number,
  now: Date,
): Promise<void> => {
  const commandId = derivedId('c', 'resume', drainId, occasion);
  const deadlineAt = toTimestamp(addSeconds(now, ANSWER_SECONDS));
  await give(ports, { ...common(nodeId, commandId, now, deadlineAt), type: 'resume', drainId, epoch });
};

/** Tells the agent what it claims and ignores, when its last heartbeat says that it works by something else. */
const configureNode = async (
  ports: TellPorts,
  node: Node,
  configuration: NodeConfiguration,
  now: Date,
): Promise<void> => {
  const { nodeId, heartbeat, bootId } = node;
  if (heartbeat === undefined || heartbeat.configDigest === configuration.digest) return;
  // Once in ten minutes for each boot: an agent that does not know the command is not told each minute, and a lost one comes again.
  const bucket = Math.floor(now.getTime() / (ANSWER_SECONDS * 1000));
  const commandId = derivedId('c', 'configure', nodeId, bootId, configuration.digest, bucket);
  const deadlineAt = toTimestamp(addSeconds(now, ANSWER_SECONDS));
  const command = {
    ...common(nodeId, commandId, now, deadlineAt),
    type: 'configure' as const,
    configuration,
  };
  if (await ports.commands.put(command)) await ports.sender.send(command);
};

export { configureNode, sendDrain, sendResume };
