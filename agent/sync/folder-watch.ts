import type { Claim } from '../../lib/commands/node-configuration.ts';
import { runLimited } from '../../lib/run-limited.ts';
import type { DataPlaces } from '../data/data-places.ts';
import type { FileRules } from '../data/file-rules.ts';
import { type FoundFile, walkFiles } from '../data/walk-files.ts';
import { PRIVATE_FOLDER } from '../disk/data-folder.ts';
import { isSame, look } from '../inventory/hash-cache.ts';
import type { Log } from '../log.ts';
import type { Timing } from '../wait.ts';
import { isBeingWritten } from './find-files.ts';
import type { PutAs } from './put-line.ts';

interface WatchTools extends DataPlaces {
  readonly root: string;
  readonly put: (path: string, as: PutAs, signal: AbortSignal) => Promise<unknown>;
  /** Whether the store has what is at this path, as far as that is known without reading it. */
  readonly isStored: (path: string) => Promise<boolean>;
  readonly timing: Timing;
  readonly log: Log;
}

type Look = NonNullable<Awaited<ReturnType<typeof look>>>;

interface Seen {
  readonly look: Look;
  /** Since when it looks so, by what this agent saw itself: other machines' clocks may have set its times. */
  readonly sinceMs: number;
  readonly isPut: boolean;
}

/** How often watched folders are looked through. Being told by the system is not to be had on all file systems, nor for whole trees. */
const LOOK_SECONDS = 5;
const DEFAULT_SETTLE_SECONDS = 10;
const AT_ONCE = 8;

/** Puts files that a watched claim matches, once nothing has changed them for its settle time. */
class FolderWatch {
  readonly #tools: WatchTools;
  #seen = new Map<string, Seen>();

  constructor(tools: WatchTools) {
    this.#tools = tools;
  }

  async keep(signal: AbortSignal): Promise<void> {
    const { rules, timing, log } = this.#tools;
    do {
      if (!rules().hasWatches) continue;
      try {
        await this.look(signal);
      } catch (error) {
        if (!signal.aborted) log.warn('cannot look through all watched folders; trying again', { error });
      }
    } while (await timing.wait(LOOK_SECONDS, signal));
  }

  /** One look at everything that is watched. @throws when a folder cannot be read; what was seen before is put all the same */
  async look(signal: AbortSignal): Promise<void> {
    const { root, outsidePaths, rules, timing, log } = this.#tools;
    const watched = rules();
    const seen = new Map<string, Seen>();
    const settled: { path: string; claim: Claim }[] = [];
    const take = async ({ path, bytes }: FoundFile): Promise<void> => {
      const claim = watched.claimOf(path);
      if (bytes === 0 || claim?.watch !== true || (await isBeingWritten(path))) return;
      const now = await this.#lookAt(path);
      if (now === undefined) return;
      seen.set(path, now);
      const settleMs = (claim.settleSeconds ?? DEFAULT_SETTLE_SECONDS) * 1000;
      if (!now.isPut && timing.now().getTime() - now.sinceMs >= settleMs) settled.push({ path, claim });
    };
    for (const start of [root, ...(await outsidePaths())]) {
      const skips = (folder: string): boolean => this.#skips(folder, start, watched);
      if (start !== root && skips(start)) continue;
      for await (const files of walkFiles(start, { skips, signal })) await Promise.all(files.map(take));
    }
    this.#seen = seen;
    await runLimited(settled, AT_ONCE, async ({ path, claim: { kind, name, labels } }) => {
      try {
        await this.#tools.put(path, { kind, name, ...(labels === undefined ? {} : { labels }) }, signal);
        const before = seen.get(path);
        if (before !== undefined) seen.set(path, { ...before, isPut: true });
      } catch (error) {
        if (!signal.aborted) log.warn('cannot take a watched file yet; trying again', { path, error });
      }
    });
  }

  async #lookAt(path: string): Promise<Seen | undefined> {
    const now = await look(path);
    if (now === undefined) return undefined;
    const before = this.#seen.get(path);
    if (before !== undefined && isSame(before.look, now)) return before;
    const isPut = before === undefined && (await this.#tools.isStored(path));
    return { look: now, sinceMs: this.#tools.timing.now().getTime(), isPut };
  }

  #skips(folder: string, start: string, rules: FileRules): boolean {
    const { root } = this.#tools;
    return (
      folder === `${root}/${PRIVATE_FOLDER}` ||
      (start !== root && folder === root) ||
      !rules.mayWatchBelow(folder)
    );
  }
}

export type { WatchTools };
export { FolderWatch };
