import { resolve } from 'node:path';
import * as z from 'zod';
import { hasCode, readJsonFile, writeFileAtomic } from '../disk/durable-file.ts';
import { type HashCache, isSame } from '../inventory/hash-cache.ts';
import type { Log } from '../log.ts';
import { TokenBucket } from '../pull/token-bucket.ts';
import type { Reporter } from '../reports/reporter.ts';
import type { Timing } from '../wait.ts';
import { hashSlowly } from './hash-slowly.ts';
import { planScrub, type ScrubFile, type ScrubProgress } from './plan-scrub.ts';

interface ScrubTools {
  readonly root: string;
  readonly cache: HashCache;
  readonly reporter: Pick<Reporter, 'sendUntilAccepted'>;
  /** Where the progress is remembered. */
  readonly progressFile: string;
  /** All bytes of the node are read once in so many days. */
  readonly days: number;
  /** While this is so nothing is read: the node is about to be given up. */
  readonly isDraining: () => boolean;
  /** What this node holds is not what it told. */
  readonly afterRot: () => void;
  readonly timing: Timing;
  readonly log: Log;
}

/** A thirtieth of a terabyte is 33 GB a day: read at this pace in half an hour. */
const BYTES_PER_SECOND = 20_000_000;
const ROUNDS_PER_DAYS = 720;
const LONGEST_ROUND_SECONDS = 3600;
const SHORTEST_ROUND_SECONDS = 1;

const progressSchema = z.object({ after: z.string(), allowanceBytes: z.number() });
const noProgress: ScrubProgress = { after: '', allowanceBytes: 0 };

/** How a disk says that it cannot give what it was given. */
const UNREADABLE = 'EIO';

/**
 * Reads again what this node holds, and hashes it: a disk loses bits in silence, with the size and the time of the file unchanged. A file
 * that somebody changed meanwhile is the inventory's.
 */
class Scrubber {
  readonly #tools: ScrubTools;
  readonly #pace: TokenBucket;
  readonly roundSeconds: number;

  constructor(tools: ScrubTools) {
    this.#tools = tools;
    this.#pace = new TokenBucket(BYTES_PER_SECOND, tools.timing);
    const wanted = (tools.days * 86_400) / ROUNDS_PER_DAYS;
    this.roundSeconds = Math.min(LONGEST_ROUND_SECONDS, Math.max(SHORTEST_ROUND_SECONDS, wanted));
  }

  /** One round after the other, until `signal` aborts. */
  async keep(signal: AbortSignal): Promise<void> {
    const { timing, log, isDraining } = this.#tools;
    while (await timing.wait(this.roundSeconds, signal)) {
      if (isDraining()) continue;
      try {
        await this.round(signal);
      } catch (error) {
        if (signal.aborted) return;
        log.warn('the scrub of this round is not complete; the next one goes on', { error });
      }
    }
  }

  /** Reads what is due, and tells of every copy that is not what it was. */
  async round(signal: AbortSignal): Promise<void> {
    const { cache, progressFile, days } = this.#tools;
    // Damage of this file costs no more than to begin anew.
    const before = await readJsonFile(progressFile, progressSchema).catch(() => undefined);
    const share = { roundSeconds: this.roundSeconds, days };
    const { files, progress } = planScrub(cache.files(), before ?? noProgress, share);
    for (const file of files) await this.#check(file, signal);
    await writeFileAtomic(progressFile, JSON.stringify(progress));
  }

  async #check({ path }: ScrubFile, signal: AbortSignal): Promise<void> {
    const { root, cache, reporter, afterRot, log } = this.#tools;
    const before = await cache.recall(path);
    if (before === undefined) return;
    const found = await hashSlowly(resolve(root, path), this.#pace, signal).catch((error: unknown) => {
      signal.throwIfAborted();
      if (hasCode(error, UNREADABLE)) return 'unreadable';
      throw error;
    });
    const after = await cache.recall(path);
    if (after === undefined || !isSame(before, after) || found === before.artifactId) return;
    const { artifactId, bytes } = before;
    log.error('a file on this disk is not what was written there: its bits rotted', {
      path,
      artifactId,
      found,
    });
    cache.forget(path);
    await reporter.sendUntilAccepted({ type: 'rot', rot: { artifactId, path, bytes } }, signal);
    afterRot();
  }
}

export type { ScrubTools };
export { Scrubber };
