import { type Command, commandHeaderSchema, commandSchema } from '../../lib/commands/command.ts';
import { fullJitterSeconds } from '../backoff.ts';
import { CommandFailure } from '../commands/command-failure.ts';
import type { CommandRunner } from '../commands/command-runner.ts';
import type { Log } from '../log.ts';
import type { Timing } from '../wait.ts';
import { LONG_POLL_SECONDS, type NodeQueue, type ReceivedMessage } from './node-queue.ts';
import type { ReceiveRounds } from './receive-rounds.ts';

interface ReceiveTools {
  readonly queue: NodeQueue;
  readonly runner: CommandRunner;
  readonly rounds: ReceiveRounds;
  readonly nodeId: () => string;
  readonly timing: Timing;
  readonly log: Log;
}

/** More than this at once is not taken in: what waits in the queue is safer there. */
const MAX_OUTSTANDING = 64;
/** A message that nobody can answer comes back soon, so that its redrive to the dead-letter queue does not take long. */
const UNREADABLE_SECONDS = 5;

/** A drain waits for the receive beside it to return, so that one is short. */
const DRAIN_POLL_SECONDS = 1;

type Intake =
  | { readonly action: 'run'; readonly command: Command }
  | {
      readonly action: 'refuse';
      readonly header: { readonly commandId: string; readonly attempt: number; readonly type: string };
      readonly failure: CommandFailure;
    }
  | { readonly action: 'leave'; readonly reason: string };

const KNOWN_TYPES: ReadonlySet<string> = new Set(
  commandSchema.options.map((option) => option.shape.type.value),
);

/** What to do with a message's body. */
const readCommand = (body: string, nodeId: string): Intake => {
  let raw: unknown;
  try {
    raw = JSON.parse(body);
  } catch {
    return { action: 'leave', reason: 'not JSON' };
  }
  const parsed = commandSchema.safeParse(raw);
  if (parsed.success && parsed.data.nodeId === nodeId) return { action: 'run', command: parsed.data };
  const header = commandHeaderSchema.safeParse(raw);
  if (!header.success) return { action: 'leave', reason: 'no command id' };
  const { commandId, attempt, type } = header.data;
  const refuse = (failure: CommandFailure): Intake => ({
    action: 'refuse',
    header: { commandId, attempt, type },
    failure,
  });
  if (parsed.success) {
    return refuse(
      new CommandFailure(
        'invalid-command',
        `this command is for ${parsed.data.nodeId}, this node is ${nodeId}`,
      ),
    );
  }
  if (!KNOWN_TYPES.has(type)) {
    return refuse(
      new CommandFailure(
        'unknown-command',
        `this agent does not know the command type "${type}": update the agent`,
      ),
    );
  }
  const issue = parsed.error.issues[0];
  return refuse(new CommandFailure('invalid-command', `${issue?.path.join('.')}: ${issue?.message}`));
};

/** Returns the type of the command that was begun, if one was. */
const takeIn = async (
  message: ReceivedMessage,
  tools: ReceiveTools,
): Promise<Command['type'] | undefined> => {
  const intake = readCommand(message.body, tools.nodeId());
  switch (intake.action) {
    case 'run':
      tools.runner.handle(intake.command, message.receiptHandle);
      return intake.command.type;
    case 'refuse':
      tools.log.warn('a command is refused', { command: intake.header.commandId, error: intake.failure });
      tools.runner.refuse(intake.header, intake.failure, message.receiptHandle);
      return undefined;
    case 'leave':
      tools.log.error('a message is no command; left to go to the dead-letter queue', {
        reason: intake.reason,
      });
      await tools.queue.hide(message.receiptHandle, UNREADABLE_SECONDS);
      return undefined;
  }
};

/** Long-polls this node's queue until `signal` aborts. Whatever the other side answers, it goes on. */
const receiveCommands = async (tools: ReceiveTools, signal: AbortSignal): Promise<void> => {
  let failures = 0;
  // A drain may go on from the journal.
  let pollSeconds = DRAIN_POLL_SECONDS;
  const receiveOnce = async (): Promise<void> => {
    const messages = await tools.queue.receive(pollSeconds, signal);
    pollSeconds = LONG_POLL_SECONDS;
    for (const message of messages) {
      if ((await takeIn(message, tools)) === 'drain') pollSeconds = DRAIN_POLL_SECONDS;
    }
  };
  while (!signal.aborted) {
    try {
      if (tools.runner.outstanding >= MAX_OUTSTANDING) {
        await tools.timing.wait(1, signal);
        continue;
      }
      await tools.rounds.run(receiveOnce);
      failures = 0;
    } catch (error) {
      if (signal.aborted) return;
      failures += 1;
      const pause = fullJitterSeconds(failures, { baseSeconds: 1, capSeconds: 60 }, tools.timing.random());
      tools.log.warn('cannot receive commands; trying again', { failures, retryInSeconds: pause, error });
      await tools.timing.wait(pause, signal);
    }
  }
};

export { receiveCommands };
