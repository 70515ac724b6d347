import type { Command } from '../../lib/commands/command.ts';
import type { CommandResult } from '../../lib/commands/command-result.ts';
import type { Log } from '../log.ts';
import { type NodeQueue, VISIBILITY_SECONDS } from '../queue/node-queue.ts';
import type { Reporter } from '../reports/reporter.ts';
import type { Timing } from '../wait.ts';
import { CommandFailure, toCommandFailure } from './command-failure.ts';
import type { Execution, Success } from './execute-command.ts';
import type { Journal } from './journal.ts';
import { commandKey } from './journal-state.ts';

interface RunnerTools {
  readonly execute: (command: Command, execution: Execution) => Promise<Success>;
  readonly journal: Journal;
  readonly reporter: Reporter;
  readonly queue: NodeQueue;
  readonly timing: Timing;
  readonly log: Log;
  /** Aborts when running commands are to be given back. */
  readonly release: AbortSignal;
}

interface Running {
  /** Messages that carried this command; a repeat adds its own. */
  readonly receipts: Set<string>;
  readonly commandType: string;
  readonly since: number;
  done: Promise<void>;
  activity: number;
}

/** Well inside the time that a message stays hidden, so that one failed call does no harm. */
const EXTEND_EVERY_SECONDS = 40;
const PROGRESS_EVERY_MS = 30_000;
/** Longer waits overflow a timer; nothing runs that long. */
const LONGEST_TIMER_MS = 2 ** 31 - 1;
const MAX_MESSAGE = 2000;
/** They neither keep a node busy nor make a drain wait, least of all for itself. */
const HOUSEKEEPING: ReadonlySet<string> = new Set<Command['type']>(['drain', 'resume', 'configure']);

/** They are told that it is too late, because they have something to say to that themselves. */
const HEARS_OF_LATENESS: ReadonlySet<string> = new Set<Command['type']>(['run']);

const artifactOf = (command: Command): { artifactId?: string } =>
  'artifactId' in command ? { artifactId: command.artifactId } : {};

/** Sees to it that every command is done once and answered until the answer was taken. */
class CommandRunner {
  readonly #tools: RunnerTools;
  readonly #running = new Map<string, Running>();

  constructor(tools: RunnerTools) {
    this.#tools = tools;
  }

  /** How many commands run or wait for their answer to be taken. */
  get outstanding(): number {
    return this.#running.size;
  }

  /** Those of them that do something on this node, not only by which the control plane looks after it. */
  get busyCommandIds(): string[] {
    return [...this.#running]
      .filter(([, { commandType }]) => !HOUSEKEEPING.has(commandType))
      .map(([key]) => key.slice(0, key.lastIndexOf('#')));
  }

  /** Resolves when nothing runs. */
  async idle(): Promise<void> {
    while (this.#running.size > 0) {
      await Promise.all([...this.#running.values()].map(({ done }) => done));
    }
  }

  /** Takes a command; `receipt` is its message, absent when it is resumed from the journal. */
  handle(command: Command, receipt: string | undefined): void {
    this.#once(commandKey(command), command.type, receipt, () => this.#execute(command));
  }

  /** Answers what cannot be executed at all. */
  refuse(
    header: { readonly commandId: string; readonly attempt: number; readonly type: string },
    failure: CommandFailure,
    receipt: string | undefined,
  ): void {
    this.#once(commandKey(header), header.type, receipt, async () => {
      const { commandId, attempt, type } = header;
      return failedResult({ commandId, attempt, commandType: type.slice(0, 64) }, failure, {});
    });
  }

  /** Sends the answers that an earlier run of the agent could not deliver. */
  resend(result: CommandResult): void {
    this.#once(commandKey(result), result.commandType, undefined, async () => result);
  }

  #once(
    key: string,
    commandType: string,
    receipt: string | undefined,
    produce: () => Promise<CommandResult | undefined>,
  ): void {
    const already = this.#running.get(key);
    if (already !== undefined) {
      if (receipt !== undefined) already.receipts.add(receipt);
      return;
    }
    const running: Running = {
      receipts: new Set(receipt === undefined ? [] : [receipt]),
      commandType,
      since: this.#tools.timing.now().getTime(),
      done: Promise.resolve(),
      activity: 0,
    };
    this.#running.set(key, running);
    running.done = this.#settle(key, running, produce);
  }

  async #settle(
    key: string,
    running: Running,
    produce: () => Promise<CommandResult | undefined>,
  ): Promise<void> {
    const { journal, reporter, queue, log, release } = this.#tools;
    const extending = this.#keepHidden(running);
    try {
      const result = (await this.#remembered(key)) ?? (await produce());
      if (result === undefined) {
        // Given back: another run of this agent, or the next receive, goes on with it.
        for (const receipt of running.receipts) await queue.hide(receipt, 0);
        return;
      }
      await journal.answered(result);
      if (!(await reporter.sendUntilAccepted({ type: 'command-result', result }, release))) return;
      await journal.reported(result);
      for (const receipt of running.receipts) await queue.remove(receipt);
    } catch (error) {
      // The message comes back, and the journal knows how far this came.
      log.error('a command could not be settled; it will come again', { command: key, error });
    } finally {
      clearInterval(extending);
      this.#running.delete(key);
    }
  }

  async #remembered(key: string): Promise<CommandResult | undefined> {
    const cut = key.lastIndexOf('#');
    return this.#tools.journal.recall({ commandId: key.slice(0, cut), attempt: Number(key.slice(cut + 1)) })
      ?.result;
  }

  /** Hides the messages for longer while bytes advance; waiting for a free place counts as well. */
  #keepHidden(running: Running): NodeJS.Timeout {
    let seen = -1;
    return setInterval(() => {
      if (running.activity === seen) return;
      // Zero means that it waits for its turn: that is no stall.
      seen = running.activity === 0 ? -1 : running.activity;
      for (const receipt of running.receipts) {
        this.#tools.queue.hide(receipt, VISIBILITY_SECONDS).catch((error: unknown) => {
          this.#tools.log.warn('cannot extend the visibility of a command; it may come twice', { error });
        });
      }
    }, EXTEND_EVERY_SECONDS * 1000);
  }

  async #execute(command: Command): Promise<CommandResult | undefined> {
    const { journal, timing, log, release } = this.#tools;
    const { commandId, attempt, type } = command;
    const handle = { commandId, attempt, commandType: type };
    const startedAt = timing.now().getTime();
    const late = new AbortController();
    const failLate = (): void =>
      late.abort(new CommandFailure('deadline-passed', `the deadline ${command.deadlineAt} passed`));
    const leftMs = new Date(command.deadlineAt).getTime() - startedAt;
    const timer = setTimeout(failLate, Math.min(Math.max(0, leftMs), LONGEST_TIMER_MS));
    try {
      if (leftMs <= 0) failLate();
      if (!HEARS_OF_LATENESS.has(type)) late.signal.throwIfAborted();
      await journal.started(command);
      log.info('command started', { commandId, type, attempt });
      const success = await this.#tools.execute(command, {
        signal: AbortSignal.any([late.signal, release]),
        ...this.#watch(command),
      });
      log.info('command succeeded', {
        commandId,
        type,
        seconds: (timing.now().getTime() - startedAt) / 1000,
      });
      return { ...handle, outcome: 'succeeded', ...success };
    } catch (error) {
      // The deadline is the command's own end; a release leaves it for later.
      if (release.aborted && !late.signal.aborted) return undefined;
      const failure = toCommandFailure(late.signal.aborted ? late.signal.reason : error);
      log.warn('command failed', { commandId, type, class: failure.failureClass, error: failure });
      return failedResult(handle, failure, artifactOf(command));
    } finally {
      clearTimeout(timer);
    }
  }

  /** Counts activity, and reports progress at the start and every 30 s. */
  #watch(command: Command): Pick<Execution, 'onActivity' | 'onProgress'> {
    const { timing, reporter, log } = this.#tools;
    const running = this.#running.get(commandKey(command));
    const onActivity = (): void => {
      if (running !== undefined) running.activity += 1;
    };
    let reportedAt = Number.NEGATIVE_INFINITY;
    const onProgress = (bytesDone: number): void => {
      onActivity();
      const now = timing.now().getTime();
      if (command.type !== 'pull' || now - reportedAt < PROGRESS_EVERY_MS) return;
      reportedAt = now;
      const { commandId, attempt, bytes: bytesTotal } = command;
      reporter
        .sendOnce({ type: 'command-progress', progress: { commandId, attempt, bytesDone, bytesTotal } })
        .catch((error: unknown) => log.debug('a progress report was not accepted', { commandId, error }));
    };
    return { onActivity, onProgress };
  }
}

const failedResult = (
  handle: { readonly commandId: string; readonly attempt: number; readonly commandType: string },
  failure: CommandFailure,
  about: { readonly artifactId?: string },
): CommandResult => ({
  ...handle,
  outcome: 'failed',
  failure: { class: failure.failureClass, message: failure.message.slice(0, MAX_MESSAGE) },
  ...about,
});

export { CommandRunner };
