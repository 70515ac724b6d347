import type { Command } from '../../lib/commands/command.ts';
import type { CommandResult } from '../../lib/commands/command-result.ts';
import { toTimestamp } from '../../lib/time.ts';
import { DurableLines, readLines } from '../disk/durable-lines.ts';
import type { Log } from '../log.ts';
import {
  applyEntry,
  type CommandMemory,
  commandKey,
  compactEntries,
  type DrainMemory,
  emptyState,
  type JournalEntry,
  type JournalState,
  journalEntrySchema,
} from './journal-state.ts';

/**
 * What this node was asked to do and what it answered, on disk before anybody hears of it: one JSON line per fact, synced.
 * So a command that comes again is answered again, and one that ran in a crash is resumed.
 */
class Journal {
  readonly #lines: DurableLines<JournalEntry>;
  readonly #now: () => Date;
  #state: JournalState;

  private constructor(lines: DurableLines<JournalEntry>, now: () => Date, state: JournalState) {
    this.#lines = lines;
    this.#now = now;
    this.#state = state;
  }

  /** Reads the journal and writes it anew, without torn lines and without what nobody needs any more. */
  static async open(path: string, now: () => Date, log: Log): Promise<Journal> {
    const entries = compactEntries(toState(await readLines(path, journalEntrySchema, log)), now());
    return new Journal(await DurableLines.create(path, entries), now, toState(entries));
  }

  get drain(): DrainMemory | undefined {
    return this.#state.drain;
  }

  get resumedEpoch(): number {
    return this.#state.resumedEpoch;
  }

  recall(handle: { readonly commandId: string; readonly attempt: number }): CommandMemory | undefined {
    return this.#state.commands.get(commandKey(handle));
  }

  /** Commands that ran when the agent stopped. */
  unanswered(): Command[] {
    return [...this.#state.commands.values()].flatMap(({ command, result }) =>
      command !== undefined && result === undefined ? [command] : [],
    );
  }

  /** Answers that no report carried yet. */
  unreported(): CommandResult[] {
    return [...this.#state.commands.values()].flatMap(({ result, isReported }) =>
      result !== undefined && !isReported ? [result] : [],
    );
  }

  async started(command: Command): Promise<void> {
    await this.#append({ entry: 'started', at: this.#time(), command });
  }

  async answered(result: CommandResult): Promise<void> {
    await this.#append({ entry: 'answered', at: this.#time(), result });
  }

  async reported({ commandId, attempt }: CommandResult): Promise<void> {
    await this.#append({ entry: 'reported', at: this.#time(), commandId, attempt });
  }

  async acknowledged(epoch: number, inventoryDigest: string): Promise<void> {
    await this.#append({ entry: 'acknowledged', at: this.#time(), epoch, inventoryDigest });
  }

  async draining(drain: Omit<DrainMemory, 'inventoryDigest'>): Promise<void> {
    await this.#append({ entry: 'drain', at: this.#time(), ...drain });
  }

  async resumed(epoch: number): Promise<void> {
    await this.#append({ entry: 'resumed', at: this.#time(), epoch });
  }

  async close(): Promise<void> {
    await this.#lines.close();
  }

  #time(): string {
    return toTimestamp(this.#now());
  }

  /** Resolves when the line is on disk. */
  async #append(entry: JournalEntry): Promise<void> {
    const compact = (): JournalEntry[] => {
      const entries = compactEntries(this.#state, this.#now());
      this.#state = toState(entries);
      return entries;
    };
    await this.#lines.append(entry, compact, () => applyEntry(this.#state, entry));
  }
}

const toState = (entries: readonly JournalEntry[]): JournalState => {
  const state = emptyState();
  for (const entry of entries) applyEntry(state, entry);
  return state;
};

export { Journal };
