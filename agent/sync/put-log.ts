import { DurableLines, findLines } from '../disk/durable-lines.ts';
import { type LinesDisk, systemDisk } from '../disk/lines-disk.ts';
import type { Log } from '../log.ts';
import { type LogEntry, logEntrySchema, type PutLine } from './put-line.ts';

/** What waits in the log. */
interface Waiting {
  readonly count: number;
  readonly bytes: number;
  /** Of the line that waits longest, by this node's clock. */
  readonly oldestPutAt: string | undefined;
}

/** Lines of the log that cannot be read. */
interface Loss {
  readonly unreadable: number;
  /** The log as it lies on the disk. */
  readonly text: string;
  /** Whether a line that can be read names it. */
  readonly isNamed: (putId: string) => boolean;
}

/**
 * The write-ahead log of files that were put: a line is on disk before the put is answered, and leaves only when that file is
 * verified in the store, or is known to be lost. Oldest first.
 */
class PutLog {
  readonly #lines: DurableLines<LogEntry>;
  readonly #waiting = new Map<string, PutLine>();
  /** How many waiting lines name a path. */
  readonly #paths = new Map<string, number>();
  #bytes = 0;
  #puts = 0;
  #onPut: () => void = () => undefined;

  private constructor(lines: DurableLines<LogEntry>, entries: readonly LogEntry[]) {
    this.#lines = lines;
    for (const entry of entries) this.#apply(entry);
  }

  /** @param beforeLoss called before the log is written anew without lines that were answered and cannot be read any more */
  static async open(
    path: string,
    log: Log,
    disk: LinesDisk = systemDisk,
    beforeLoss: (loss: Loss) => Promise<void> = async () => undefined,
  ): Promise<PutLog> {
    const { entries, unreadable, text } = await findLines(path, logEntrySchema, log, disk);
    const waiting = new Map<string, LogEntry>();
    for (const entry of entries) {
      if (entry.entry === 'put') waiting.set(entry.line.putId, entry);
      else waiting.delete(entry.putId);
    }
    if (unreadable > 0) await beforeLoss({ unreadable, text, isNamed: (putId) => waiting.has(putId) });
    const left = [...waiting.values()];
    return new PutLog(await DurableLines.create(path, left, disk), left);
  }

  /** Lines that are not in the store, oldest first. */
  lines(): PutLine[] {
    return [...this.#waiting.values()];
  }

  /** Grows with every put, so that a reader sees that there is something new. */
  get puts(): number {
    return this.#puts;
  }

  has(putId: string): boolean {
    return this.#waiting.has(putId);
  }

  get waiting(): Waiting {
    const [oldest] = this.#waiting.values();
    return { count: this.#waiting.size, bytes: this.#bytes, oldestPutAt: oldest?.putAt };
  }

  /** Whether a file that was put from here is not in the store yet. */
  names(path: string): boolean {
    return this.#paths.has(path);
  }

  /** Called after each put that is on disk. */
  onPut(listener: () => void): void {
    this.#onPut = listener;
  }

  /** Resolves when the lines are on disk: only then may the put be answered. */
  async put(lines: readonly PutLine[]): Promise<void> {
    const entries = lines.map((line): LogEntry => ({ entry: 'put', line }));
    await this.#append(entries);
    this.#puts += 1;
    this.#onPut();
  }

  /** The store has verified the file of this line. */
  async stored(putId: string, artifactId: string): Promise<void> {
    await this.#append([{ entry: 'stored', putId, artifactId }]);
  }

  /** What was put is gone: somebody wrote into the file. */
  async lost(putId: string): Promise<void> {
    await this.#append([{ entry: 'lost', putId }]);
  }

  async close(): Promise<void> {
    await this.#lines.close();
  }

  async #append(entries: readonly LogEntry[]): Promise<void> {
    const compact = (): LogEntry[] => this.lines().map((line) => ({ entry: 'put', line }));
    const apply = (): void => {
      for (const entry of entries) this.#apply(entry);
    };
    await this.#lines.appendAll(entries, compact, apply);
  }

  #apply(entry: LogEntry): void {
    if (entry.entry === 'put') {
      const { line } = entry;
      if (this.#waiting.has(line.putId)) return;
      this.#waiting.set(line.putId, line);
      this.#bytes += line.bytes;
      this.#paths.set(line.path, (this.#paths.get(line.path) ?? 0) + 1);
      return;
    }
    const line = this.#waiting.get(entry.putId);
    if (line === undefined) return;
    this.#waiting.delete(entry.putId);
    this.#bytes -= line.bytes;
    const others = (this.#paths.get(line.path) ?? 1) - 1;
    if (others > 0) this.#paths.set(line.path, others);
    else this.#paths.delete(line.path);
  }
}

export type { Loss, Waiting };
export { PutLog };
