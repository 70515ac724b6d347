import type { Command } from '../../lib/commands/command.ts';
import type { CommandResult } from '../../lib/commands/command-result.ts';
import type { Semaphore } from '../semaphore.ts';
import type { Timing } from '../wait.ts';
import { CommandFailure } from './command-failure.ts';
import { activeDrain, decideDrain } from './drain-state.ts';
import type { Journal } from './journal.ts';

type DrainCommand = Extract<Command, { type: 'drain' }>;
type Acknowledgement = NonNullable<Extract<CommandResult, { outcome: 'succeeded' }>['drain']>;

/** Work of this node under leases. */
interface RunningWork {
  /** Leases of which the control plane has not heard the end. */
  readonly count: number;
  /** Gives back what runs. */
  release(release: { readonly reason: 'draining'; readonly message: string }): void;
}

interface DrainTools {
  readonly journal: Journal;
  readonly bootId: string;
  /** Resolves when the receive that is under way has returned, and what it brought was taken in. */
  readonly receiveReturned: () => Promise<void>;
  /** Commands that do something on this node. */
  readonly busyCommands: () => number;
  readonly transfers: Pick<Semaphore, 'held'>;
  readonly work: RunningWork;
  readonly flush: (flushing: Draining) => Promise<void>;
  /** The user's own last steps. */
  readonly runHook: (signal: AbortSignal) => Promise<void>;
  /** Resolves with the digest once the reports queue has an inventory that was begun after the call and names the epoch. */
  readonly reportInventory: (epoch: number, signal: AbortSignal) => Promise<string>;
  readonly timing: Timing;
}

interface Draining {
  readonly signal: AbortSignal;
  readonly onActivity: () => void;
}

/** How often a drain looks whether what runs is done. */
const LOOK_SECONDS = 0.2;
/** How often it looks whether it was resumed, and says that it is alive. */
const WATCH_SECONDS = 1;

/** Aborts when the drain is over, or `signal` does; `onActivity` is called as long as neither happened. */
const whileHeld = async <T>(
  { journal, timing }: DrainTools,
  { drainId }: DrainCommand,
  { signal, onActivity }: Draining,
  work: (held: AbortSignal) => Promise<T>,
): Promise<T> => {
  const over = new AbortController();
  const look = (): void => {
    onActivity();
    if (activeDrain(journal, timing.now())?.drainId === drainId) return;
    over.abort(new CommandFailure('interrupted', `drain ${drainId} ended before this node was quiet`));
  };
  const watch = setInterval(look, WATCH_SECONDS * 1000);
  try {
    return await work(AbortSignal.any([signal, over.signal]));
  } finally {
    clearInterval(watch);
  }
};

const untilQuiet = async (
  { receiveReturned, busyCommands, transfers, work, timing }: DrainTools,
  command: DrainCommand,
  held: AbortSignal,
): Promise<void> => {
  await Promise.race([
    receiveReturned(),
    new Promise((resolve) => held.addEventListener('abort', resolve, { once: true })),
  ]);
  for (;;) {
    held.throwIfAborted();
    // Each time: a command that came before the drain may start something yet.
    if (command.work === 'release') {
      work.release({ reason: 'draining', message: `the node drains: ${command.reason}` });
    }
    if (busyCommands() === 0 && transfers.held === 0 && work.count === 0) return;
    await timing.wait(LOOK_SECONDS, held);
  }
};

/**
 * Makes the node quiet and promises to keep it so until `drainUntil`. In order: the journal has the drain, so that whatever is
 * received from here on is refused; every receive has returned, and all that runs has ended or was given back, with the control plane
 * told of it; claimed files are in the store; the
 * user's hook has run; an inventory that names this epoch is with the control plane. Only then does it acknowledge. A failure in
 * between leaves the drain in force, without an acknowledgement, until it is resumed or ends by itself. The same drain again, with
 * a later `drainUntil`, makes the promise longer, with a new inventory.
 * @throws CommandFailure; the reason of `signal`
 */
const drainNode = async (
  command: DrainCommand,
  tools: DrainTools,
  draining: Draining,
): Promise<Acknowledgement> => {
  const { journal, timing, bootId } = tools;
  const decision = decideDrain(journal, command, timing.now());
  if (decision.action === 'ignore') {
    throw new CommandFailure(
      'invalid-command',
      `drain ${command.drainId} (epoch ${command.epoch}) is ignored: ${decision.reason} (${decision.evidence})`,
    );
  }
  const { drainId, epoch } = command;
  await journal.draining({ drainId, epoch, drainUntil: command.drainUntil });
  return await whileHeld(tools, command, draining, async (signal) => {
    await untilQuiet(tools, command, signal);
    await tools.flush({ ...draining, signal });
    // Once for each drain, as far as that can be: what it did is done when the promise is only made longer.
    if (journal.drain?.inventoryDigest === undefined) await tools.runHook(signal);
    const inventoryDigest = await tools.reportInventory(epoch, signal);
    signal.throwIfAborted();
    await journal.acknowledged(epoch, inventoryDigest);
    const drainUntil = journal.drain?.drainUntil ?? command.drainUntil;
    return { drainId, epoch, drainUntil, inventoryDigest, bootId };
  });
};

export type { Acknowledgement, DrainTools, RunningWork };
export { drainNode };
