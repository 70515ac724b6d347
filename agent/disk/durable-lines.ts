import type { z } from 'zod';
import type { Log } from '../log.ts';
import { type LinesDisk, type LinesFile, systemDisk } from './lines-disk.ts';

/** After this many more lines the file is written anew, shorter. */
const COMPACT_EVERY_LINES = 2000;
/** Callers that share one sync. */
const BATCH = 256;

interface LinesFound<Entry> {
  /** Oldest first; none when the file is not there. */
  readonly entries: Entry[];
  /** Lines that somebody was told of, and that say nothing any more. */
  readonly unreadable: number;
  /** All of the file. */
  readonly text: string;
}

/** The lines of a file of JSON lines, and whether some of them are lost. */
const findLines = async <Entry>(
  path: string,
  schema: z.ZodType<Entry>,
  log: Log,
  disk: LinesDisk = systemDisk,
): Promise<LinesFound<Entry>> => {
  const text = (await disk.read(path)) ?? '';
  const lines = text.split('\n');
  let unreadable = 0;
  const entries = lines.flatMap((line, index) => {
    if (line === '') return [];
    try {
      return [schema.parse(JSON.parse(line))];
    } catch (error) {
      // What has no end is torn: the machine went down while writing it, and nobody was told of it.
      if (index < lines.length - 1) unreadable += 1;
      log.warn('a line of the journal is not readable; leaving it out', { path, line: index + 1, error });
      return [];
    }
  });
  return { entries, unreadable, text };
};

/** The entries of a file of JSON lines, oldest first; none when it is not there. What cannot be read is left out. */
const readLines = async <Entry>(path: string, schema: z.ZodType<Entry>, log: Log): Promise<Entry[]> =>
  (await findLines(path, schema, log)).entries;

const toLines = (entries: readonly unknown[]): string =>
  entries.map((entry) => `${JSON.stringify(entry)}\n`).join('');

/** Entries that are written together, and what is to happen once they are on disk. */
interface Waiting<Entry> {
  readonly entries: readonly Entry[];
  readonly compact: () => readonly Entry[];
  readonly apply: () => void;
  readonly resolve: () => void;
  readonly reject: (error: unknown) => void;
}

/** Facts on disk before anybody hears of them: one JSON line each, synced. */
class DurableLines<Entry> {
  readonly #path: string;
  readonly #disk: LinesDisk;
  #file: LinesFile;
  #linesUntilCompact = COMPACT_EVERY_LINES;
  readonly #waiting: Waiting<Entry>[] = [];
  #writing: Promise<void> | undefined;

  private constructor(path: string, disk: LinesDisk, file: LinesFile) {
    this.#path = path;
    this.#disk = disk;
    this.#file = file;
  }

  /** Writes the file anew with these entries, and appends to it from here on. */
  static async create<Entry>(
    path: string,
    entries: readonly Entry[],
    disk: LinesDisk = systemDisk,
  ): Promise<DurableLines<Entry>> {
    await disk.replace(path, toLines(entries));
    return new DurableLines<Entry>(path, disk, await disk.openAtEnd(path));
  }

  /**
   * Resolves when the line is on disk and `apply` has run. Lines are written in the order of the calls; those that come while
   * others are being synced share the next sync.
   * @param compact the fewest entries that say what was applied so far
   */
  async append(entry: Entry, compact: () => readonly Entry[], apply: () => void): Promise<void> {
    await this.appendAll([entry], compact, apply);
  }

  /** As `append`, for entries that are told of together. After a crash some of them may be there and others not. */
  async appendAll(
    entries: readonly Entry[],
    compact: () => readonly Entry[],
    apply: () => void,
  ): Promise<void> {
    const { promise, resolve, reject } = Promise.withResolvers<void>();
    this.#waiting.push({ entries, compact, apply, resolve, reject });
    this.#writing ??= this.#writeAll();
    await promise;
  }

  async close(): Promise<void> {
    await this.#writing;
    await this.#file.close();
  }

  async #writeAll(): Promise<void> {
    while (this.#waiting.length > 0) {
      const batch = this.#waiting.splice(0, BATCH);
      try {
        await this.#write(batch);
      } catch (error) {
        // Half a line may stand there now: the next append must not stick to it.
        this.#linesUntilCompact = 0;
        for (const { reject } of batch) reject(error);
        continue;
      }
      for (const { apply, resolve, reject } of batch) {
        try {
          apply();
          resolve();
        } catch (error) {
          reject(error);
        }
      }
    }
    // In the same breath as the last look at what waits: who comes next starts anew.
    this.#writing = undefined;
  }

  async #write(batch: readonly Waiting<Entry>[]): Promise<void> {
    const entries = batch.flatMap((waiting) => waiting.entries);
    if (this.#linesUntilCompact <= 0 && batch[0] !== undefined) await this.#compact(batch[0].compact());
    await this.#file.append(toLines(entries));
    await this.#file.sync();
    this.#linesUntilCompact -= entries.length;
  }

  async #compact(entries: readonly Entry[]): Promise<void> {
    await this.#disk.replace(this.#path, toLines(entries));
    const before = this.#file;
    this.#file = await this.#disk.openAtEnd(this.#path);
    await before.close();
    // However long the shortest form is, it is not written again for every line.
    this.#linesUntilCompact = Math.max(COMPACT_EVERY_LINES, entries.length);
  }
}

export { DurableLines, findLines, readLines };
