import { fullJitterSeconds } from '../backoff.ts';
import type { Flushing } from '../flush/bring-file.ts';
import type { Log } from '../log.ts';
import { type Timing, whenAborted } from '../wait.ts';
import { decideFlush, type FlushPolicy } from './decide-flush.ts';
import { type LineOrder, orderLines } from './order-lines.ts';
import type { PutLine } from './put-line.ts';
import type { PutLog } from './put-log.ts';

interface FlusherTools {
  readonly log: PutLog;
  /** Brings the file of a line into the store. @returns its artifactId; undefined while somebody writes it */
  readonly bring: (line: PutLine, flushing: Flushing) => Promise<string | undefined>;
  /** The control plane knows of everything that was brought. */
  readonly tell: (signal: AbortSignal) => Promise<void>;
  /** The line has left the log: what was held for it can go. */
  readonly letGo: (line: PutLine) => Promise<void>;
  readonly policy: () => FlushPolicy;
  readonly timing: Timing;
  readonly journal: Log;
}

/** How one pass over the log ended. */
interface Pass {
  readonly brought: number;
  /** Files that somebody still writes. */
  readonly unsettled: number;
  readonly errors: readonly unknown[];
}

/** Files that are hashed or sent at once; how many are sent is up to `--transfers`. */
const AT_ONCE = 8;
/** On a node that can vanish, what was put waits no longer than this after a failure. */
const BACKOFF = {
  ephemeral: { baseSeconds: 1, capSeconds: 5 },
  hybrid: { baseSeconds: 2, capSeconds: 60 },
} as const;

/** How often it is looked whether something is due. */
const LOOK_SECONDS = 5;
const UNSETTLED_SECONDS = 1;

/** Empties the log into the store. */
class PutFlusher {
  readonly #tools: FlusherTools;
  /** Lines that are being brought: nobody else takes them up meanwhile. */
  readonly #busy = new Map<string, Promise<unknown>>();
  #wanted = new AbortController();

  constructor(tools: FlusherTools) {
    this.#tools = tools;
    tools.log.onPut(() => this.#wanted.abort());
  }

  /**
   * Brings everything that waits, also what is put meanwhile.
   * @throws CommandFailure when a file cannot be brought; the others are, all the same. The reason of the signal
   */
  async flush(flushing: Flushing): Promise<void> {
    const { timing } = this.#tools;
    while (this.#tools.log.waiting.count > 0) {
      const { unsettled, errors, brought } = await this.#pass('oldest-first', flushing);
      flushing.signal.throwIfAborted();
      if (errors.length > 0) throw errors[0];
      // Somebody still writes them: the caller's deadline says for how long that is waited for.
      if (unsettled > 0 && brought === 0) await timing.wait(UNSETTLED_SECONDS, flushing.signal);
    }
  }

  /** Brings as much as it can until `signal` aborts, the most valuable first. Never throws. */
  async lastWords(signal: AbortSignal): Promise<void> {
    const { log, timing, journal } = this.#tools;
    while (!signal.aborted && log.waiting.count > 0) {
      const { errors } = await this.#pass('last-words', { signal, onActivity: () => undefined });
      if (errors.length > 0 && !signal.aborted) {
        journal.warn('some files are not in the store yet; trying once more', { error: errors[0] });
        await timing.wait(1, signal);
      }
    }
  }

  /**
   * Brings what is due by the policy, until `signal` aborts. What is on its way then goes on: last words wait for it.
   * @param end aborts at the end of everything
   */
  async keep(signal: AbortSignal, end: AbortSignal): Promise<void> {
    const { log, policy, timing, journal } = this.#tools;
    let failures = 0;
    while (!signal.aborted) {
      this.#wanted = new AbortController();
      const { strategy } = policy();
      const decision = decideFlush(log.waiting, policy(), timing.now());
      if (decision.action === 'wait') {
        // Looks again all the same: a new configuration may change what is due.
        const seconds = Math.min(decision.waitSeconds ?? LOOK_SECONDS, LOOK_SECONDS);
        await timing.wait(seconds, AbortSignal.any([signal, this.#wanted.signal]));
        continue;
      }
      const order = strategy === 'ephemeral' ? 'newest-first' : 'oldest-first';
      const pass = this.#pass(order, { signal: end, onActivity: () => undefined }, signal);
      const ended = await Promise.race([pass, whenAborted(signal)]);
      if (ended === undefined) return;
      const { errors, unsettled, brought } = ended;
      if (errors.length === 0 && unsettled === 0) {
        failures = 0;
        continue;
      }
      failures = brought > 0 ? 1 : failures + 1;
      const pause = fullJitterSeconds(failures, BACKOFF[strategy], timing.random());
      if (errors.length > 0)
        journal.warn('files that were put are not in the store yet; trying again', {
          failed: errors.length,
          waiting: log.waiting.count,
          retryInSeconds: pause,
          error: errors[0],
        });
      await timing.wait(pause, signal);
    }
  }

  /** Each line once; what is put meanwhile joins in its place of the order. */
  async #pass(order: LineOrder, flushing: Flushing, until = flushing.signal): Promise<Pass> {
    const { log } = this.#tools;
    const tried = new Set<string>();
    const errors: unknown[] = [];
    let unsettled = 0;
    let brought = 0;
    let todo: PutLine[] = [];
    let seen = -1;
    const next = (): PutLine | undefined => {
      if (seen !== log.puts) {
        seen = log.puts;
        todo = orderLines(log.lines(), order)
          .filter(({ putId }) => !tried.has(putId))
          .reverse();
      }
      const line = todo.pop();
      if (line !== undefined) tried.add(line.putId);
      return line;
    };
    const ends: Promise<void>[] = [];
    const begin = async (line: PutLine): Promise<void> => {
      const { promise: isBrought, resolve: onBrought } = Promise.withResolvers<void>();
      const end = this.#bringOnce(line, flushing, onBrought)
        .then(
          (hasLeft) => {
            if (hasLeft) brought += 1;
            else unsettled += 1;
          },
          (error: unknown) => {
            errors.push(error);
          },
        )
        .finally(onBrought);
      ends.push(end);
      await isBrought;
    };
    const worker = async (): Promise<void> => {
      // The next file is on its way while this one is being told of.
      for (let line = next(); line !== undefined && !until.aborted; line = next()) await begin(line);
    };
    await Promise.all(Array.from({ length: AT_ONCE }, worker));
    await Promise.all(ends);
    return { brought, unsettled, errors };
  }

  /** Two passes that meet at a line share the work. */
  async #bringOnce(line: PutLine, flushing: Flushing, onBrought: () => void): Promise<boolean> {
    const running = this.#busy.get(line.putId);
    if (running !== undefined) {
      await running.catch(() => undefined);
      return !this.#tools.log.has(line.putId);
    }
    const work = this.#bring(line, flushing, onBrought);
    this.#busy.set(line.putId, work);
    try {
      return await work;
    } finally {
      this.#busy.delete(line.putId);
    }
  }

  async #bring(line: PutLine, flushing: Flushing, onBrought: () => void): Promise<boolean> {
    const { log, bring, tell, letGo } = this.#tools;
    if (!log.has(line.putId)) return true;
    const artifactId = await bring(line, flushing);
    if (artifactId === undefined) return false;
    onBrought();
    // Nobody finds in the store what nobody was told of: until then the line stays.
    await tell(flushing.signal);
    await log.stored(line.putId, artifactId);
    await letGo(line);
    return true;
  }
}

export type { FlusherTools };
export { PutFlusher };
