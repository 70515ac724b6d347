import { resolve } from 'node:path';
import * as z from 'zod';
import { isDamage } from '../disk/damage.ts';
import { readJsonFile, writeFileAtomic } from '../disk/durable-file.ts';
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
    let unreadBytes = files.reduce((sum, { bytes }) => sum + bytes, 0);
    // After each file: one that ends the round is not where the next one begins.
    for (const file of files) {
      await this.#check(file, signal);
      unreadBytes -= file.bytes;
      const allowanceBytes = progress.allowanceBytes + unreadBytes;
      await writeFileAtomic(progressFile, JSON.stringify({ after: file.path, allowanceBytes }));
    }
    if (files.length === 0) await writeFileAtomic(progressFile, JSON.stringify(progress));
  }

  async #check({ path }: ScrubFile, signal: AbortSignal): Promise<void> {
    const { cache, reporter, afterRot, log } = this.#tools;
    const before = await cache.recall(path);
    if (before === undefined) return;
    const found = await this.#hash(path, signal);
    if (found === undefined) return;
    const after = await cache.recall(path);
    if (after === undefined || !isSame(before, after) || found === before.artifactId) return;
    const { artifactId, bytes } = before;
    log.error('a file on this disk is not what was written there: its bits rotted', {
      path,
      artifactId,
      found,
    });
    await cache.condemn(path);
    await reporter.sendUntilAccepted({ type: 'rot', rot: { artifactId, path, bytes } }, signal);
    afterRot();
  }

  /** The file's hash, or that its disk is damaged; undefined when it cannot be read although its disk is sound. */
  async #hash(path: string, signal: AbortSignal): Promise<string | undefined> {
    const { root, log } = this.#tools;
    try {
      return await hashSlowly(resolve(root, path), this.#pace, signal);
    } catch (error) {
      signal.throwIfAborted();
      if (isDamage(error)) return 'unreadable';
      // The others are read all the same.
      log.warn('cannot read a file to see whether it is what it was', { path, error });
      return undefined;
    }
  }
}

export type { ScrubTools };
export { Scrubber };
