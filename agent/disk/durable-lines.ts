import { type FileHandle, open, readFile } from 'node:fs/promises';
import type { z } from 'zod';
import type { Log } from '../log.ts';
import { hasCode, writeFileAtomic } from './durable-file.ts';

/** After this many more lines the file is written anew, shorter. */
const COMPACT_EVERY_LINES = 2000;

/** The entries of a file of JSON lines, oldest first; none when it is not there. */
const readLines = async <Entry>(path: string, schema: z.ZodType<Entry>, log: Log): Promise<Entry[]> => {
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
      return [schema.parse(JSON.parse(line))];
    } catch (error) {
      // The last line is torn when the machine went down while writing it: nobody was told of it.
      log.warn('a line of the journal is not readable; leaving it out', { path, line: index + 1, error });
      return [];
    }
  });
};

const toLines = (entries: readonly unknown[]): string =>
  entries.map((entry) => `${JSON.stringify(entry)}\n`).join('');

/** Facts on disk before anybody hears of them: one JSON line each, synced. */
class DurableLines<Entry> {
  readonly #path: string;
  #file: FileHandle;
  #linesUntilCompact = COMPACT_EVERY_LINES;
  #writing: Promise<void> = Promise.resolve();

  private constructor(path: string, file: FileHandle) {
    this.#path = path;
    this.#file = file;
  }

  /** Writes the file anew with these entries, and appends to it from here on. */
  static async create<Entry>(path: string, entries: readonly Entry[]): Promise<DurableLines<Entry>> {
    await writeFileAtomic(path, toLines(entries));
    return new DurableLines<Entry>(path, await open(path, 'a'));
  }

  /**
   * Resolves when the line is on disk and `apply` has run. Lines are written in the order of the calls.
   * @param compact the fewest entries that say what was applied so far
   */
  async append(entry: Entry, compact: () => readonly Entry[], apply: () => void): Promise<void> {
    const mine = this.#writing.then(async () => {
      if (this.#linesUntilCompact <= 0) await this.#compact(compact());
      try {
        await this.#file.appendFile(toLines([entry]));
        await this.#file.datasync();
      } catch (error) {
        // Half a line may stand there now: the next append must not stick to it.
        this.#linesUntilCompact = 0;
        throw error;
      }
      this.#linesUntilCompact -= 1;
      apply();
    });
    this.#writing = mine.catch(() => undefined);
    await mine;
  }

  async close(): Promise<void> {
    await this.#writing.catch(() => undefined);
    await this.#file.close();
  }

  async #compact(entries: readonly Entry[]): Promise<void> {
    await writeFileAtomic(this.#path, toLines(entries));
    const before = this.#file;
    this.#file = await open(this.#path, 'a');
    await before.close();
    // However long the shortest form is, it is not written again for every line.
    this.#linesUntilCompact = Math.max(COMPACT_EVERY_LINES, entries.length);
  }
}

export { DurableLines, readLines };
