import * as z from 'zod';
import { readJsonFile, writeFileAtomic } from '../disk/durable-file.ts';
import type { Log } from '../log.ts';

const stateSchema = z.object({ seqReservedBelow: z.int().nonnegative() });

/** Numbers are reserved on disk in blocks, so that a report costs no sync. A restart skips the rest of a block. */
const BLOCK = 1000;

/** Numbers that grow with every report, also over restarts of the agent. */
class Sequence {
  readonly #path: string;
  #next: number;
  #reservedBelow: number;
  #reserving: Promise<void> | undefined;

  private constructor(path: string, next: number) {
    this.#path = path;
    this.#next = next;
    this.#reservedBelow = next;
  }

  /**
   * Goes on above every number that was ever used. Without the file the clock in milliseconds gives a start that is above any number
   * of reports: also of a machine whose data folder was wiped, which its join token makes the same node again.
   */
  static async open(path: string, now: Date, log: Log): Promise<Sequence> {
    let state: z.infer<typeof stateSchema> | undefined;
    try {
      state = await readJsonFile(path, stateSchema);
    } catch (error) {
      log.error('the sequence of reports is damaged; going on from the clock', { error });
    }
    return new Sequence(path, state?.seqReservedBelow ?? now.getTime());
  }

  async next(): Promise<number> {
    while (this.#next >= this.#reservedBelow) {
      this.#reserving ??= this.#reserve().finally(() => {
        this.#reserving = undefined;
      });
      await this.#reserving;
    }
    const seq = this.#next;
    this.#next += 1;
    return seq;
  }

  async #reserve(): Promise<void> {
    const below = this.#reservedBelow + BLOCK;
    await writeFileAtomic(this.#path, JSON.stringify({ seqReservedBelow: below }));
    this.#reservedBelow = below;
  }
}

export { Sequence };
