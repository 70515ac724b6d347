import { toTimestamp } from '../../lib/time.ts';
import type { WorkReport } from '../../lib/work/work-report.ts';
import { DurableLines, readLines } from '../disk/durable-lines.ts';
import type { Log } from '../log.ts';
import {
  applyWorkEntry,
  compactWork,
  type JobEnd,
  type JobMemory,
  type JobOrder,
  type JobProcess,
  type WorkEntry,
  type WorkState,
  workEntrySchema,
} from './work-journal-state.ts';

/**
 * How far each job came, on disk before anybody hears of it: so that a token starts one program only, and its conclusion reaches the
 * control plane whatever happens to the agent.
 */
class WorkJournal {
  readonly #lines: DurableLines<WorkEntry>;
  readonly #now: () => Date;
  #state: WorkState;

  private constructor(lines: DurableLines<WorkEntry>, now: () => Date, state: WorkState) {
    this.#lines = lines;
    this.#now = now;
    this.#state = state;
  }

  /** Reads the journal and writes it anew, without torn lines and without what nobody needs any more. */
  static async open(path: string, now: () => Date, log: Log): Promise<WorkJournal> {
    const entries = compactWork(toState(await readLines(path, workEntrySchema, log)), now());
    return new WorkJournal(await DurableLines.create(path, entries), now, toState(entries));
  }

  recall(token: string): JobMemory | undefined {
    return this.#state.get(token);
  }

  /** Jobs of which something is still to be done or said, oldest first. */
  unsettled(): (JobMemory & { readonly token: string })[] {
    return [...this.#state].flatMap(([token, memory]) =>
      memory.settledAt === undefined && (memory.order ?? memory.conclusion) !== undefined
        ? [{ token, ...memory }]
        : [],
    );
  }

  async accepted(order: JobOrder): Promise<void> {
    await this.#append({ entry: 'accepted', at: this.#time(), order });
  }

  async started(token: string, process: JobProcess): Promise<void> {
    await this.#append({ entry: 'started', at: this.#time(), token, process });
  }

  async ended(token: string, end: JobEnd, durationSeconds: number): Promise<void> {
    await this.#append({ entry: 'ended', at: this.#time(), token, end, durationSeconds });
  }

  async concluded(report: WorkReport): Promise<void> {
    await this.#append({ entry: 'concluded', at: this.#time(), report });
  }

  async reported(token: string, what: 'start' | 'conclusion'): Promise<void> {
    await this.#append({ entry: 'reported', at: this.#time(), token, what });
  }

  async cancelled(token: string): Promise<void> {
    await this.#append({ entry: 'cancelled', at: this.#time(), token });
  }

  async close(): Promise<void> {
    await this.#lines.close();
  }

  #time(): string {
    return toTimestamp(this.#now());
  }

  /** Resolves when the line is on disk. */
  async #append(entry: WorkEntry): Promise<void> {
    const compact = (): WorkEntry[] => {
      const entries = compactWork(this.#state, this.#now());
      this.#state = toState(entries);
      return entries;
    };
    await this.#lines.append(entry, compact, () => applyWorkEntry(this.#state, entry));
  }
}

const toState = (entries: readonly WorkEntry[]): WorkState => {
  const state: WorkState = new Map();
  for (const entry of entries) applyWorkEntry(state, entry);
  return state;
};

export { WorkJournal };
