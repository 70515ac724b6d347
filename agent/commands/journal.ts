import { type FileHandle, open, readFile } from 'node:fs/promises';
import type { Command } from '../../lib/commands/command.ts';
import type { CommandResult } from '../../lib/commands/command-result.ts';
import { toTimestamp } from '../../lib/time.ts';
import { hasCode, writeFileAtomic } from '../disk/durable-file.ts';
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

/** After this many more lines the journal is written anew, shorter. */
const COMPACT_EVERY_LINES = 2000;

const readEntries = async (path: string, log: Log): Promise<JournalEntry[]> => {
  let text: string;
  try {
    text = await readFile(path, 'utf8');
  } catch (error) {
    if (hasCode(error, 'ENOENT')) return [];
    throw error;
  }
  return text.split('\n').flatMap((line, index) => {
    if (line === '') return [];
    try {
      return [journalEntrySchema.parse(JSON.parse(line))];
    } catch (error) {
      // The last line is torn when the machine went down while writing it: nobody was told of it.
      log.warn('a line of the journal is not readable; leaving it out', { path, line: index + 1, error });
      return [];
    }
  });
};

/**
 * What this node was asked to do and what it answered, on disk before anybody hears of it: one JSON line per fact, synced.
 * So a command that comes again is answered again, and one that ran in a crash is resumed.
 */
class Journal {
  readonly #path: string;
  readonly #now: () => Date;
  #state: JournalState;
  #file: FileHandle;
  #linesUntilCompact = COMPACT_EVERY_LINES;
  #writing: Promise<void> = Promise.resolve();

  private constructor(path: string, now: () => Date, file: FileHandle, state: JournalState) {
    this.#path = path;
    this.#now = now;
    this.#file = file;
    this.#state = state;
  }

  /** Reads the journal and writes it anew, without torn lines and without what nobody needs any more. */
  static async open(path: string, now: () => Date, log: Log): Promise<Journal> {
    const entries = compactEntries(toState(await readEntries(path, log)), now());
    await writeFileAtomic(path, toLines(entries));
    return new Journal(path, now, await open(path, 'a'), toState(entries));
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

  async draining(drain: DrainMemory): Promise<void> {
    await this.#append({ entry: 'drain', at: this.#time(), ...drain });
  }

  async resumed(epoch: number): Promise<void> {
    await this.#append({ entry: 'resumed', at: this.#time(), epoch });
  }

  async close(): Promise<void> {
    await this.#writing.catch(() => undefined);
    await this.#file.close();
  }

  #time(): string {
    return toTimestamp(this.#now());
  }

  /** Resolves when the line is on disk. Lines are written in the order of the calls. */
  async #append(entry: JournalEntry): Promise<void> {
    const mine = this.#writing.then(async () => {
      if (this.#linesUntilCompact <= 0) await this.#compact();
      try {
        await this.#file.appendFile(toLines([entry]));
        await this.#file.datasync();
      } catch (error) {
        // Half a line may stand there now: the next append must not stick to it.
        this.#linesUntilCompact = 0;
        throw error;
      }
      this.#linesUntilCompact -= 1;
      applyEntry(this.#state, entry);
    });
    this.#writing = mine.catch(() => undefined);
    await mine;
  }

  async #compact(): Promise<void> {
    const entries = compactEntries(this.#state, this.#now());
    await writeFileAtomic(this.#path, toLines(entries));
    const before = this.#file;
    this.#file = await open(this.#path, 'a');
    await before.close();
    this.#state = toState(entries);
    this.#linesUntilCompact = COMPACT_EVERY_LINES;
  }
}

const toState = (entries: readonly JournalEntry[]): JournalState => {
  const state = emptyState();
  for (const entry of entries) applyEntry(state, entry);
  return state;
};

const toLines = (entries: readonly JournalEntry[]): string =>
  entries.map((entry) => `${JSON.stringify(entry)}\n`).join('');

export { Journal };
