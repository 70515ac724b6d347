import { rm } from 'node:fs/promises';
import { join } from 'node:path';
import { PermanentError } from '../../lib/errors.ts';
import { runLimited } from '../../lib/run-limited.ts';
import { toTimestamp } from '../../lib/time.ts';
import { hasCode, syncFolder } from '../disk/durable-file.ts';
import type { Timing } from '../wait.ts';
import { type FoundPut, findFiles } from './find-files.ts';
import { holdFile } from './hold-file.ts';
import type { PutAs, PutLine } from './put-line.ts';
import type { PutLog } from './put-log.ts';
import type { Skipped } from './put-protocol.ts';

interface IntakeTools {
  /** Whether a path is the agent's own, and nothing that can be put. */
  readonly isOwn: (path: string) => boolean;
  /** The folder that holds what was put. */
  readonly held: string;
  readonly log: PutLog;
  readonly uuid: () => string;
  readonly timing: Timing;
  /** Why nothing may be put now; undefined: it may. */
  readonly whyClosed: () => string | undefined;
}

interface Taken {
  readonly files: number;
  readonly bytes: number;
  readonly skipped: Skipped;
}

/** Files that are held at once: each waits for the disk. */
const AT_ONCE = 16;
/** The label that says where a file lay in the folder that was put. */
const PATH_LABEL = 'path';
const MAX_LABEL = 256;

const labelled = ({ within }: FoundPut, { labels }: PutAs): Pick<PutAs, 'labels'> => {
  const path = within !== undefined && within.length <= MAX_LABEL ? { [PATH_LABEL]: within } : {};
  const all = { ...path, ...labels };
  return Object.keys(all).length === 0 ? {} : { labels: all };
};

/** Takes files in: held and in the log, on disk, before the answer. */
class PutIntake {
  readonly #tools: IntakeTools;
  readonly #running = new Set<Promise<unknown>>();

  constructor(tools: IntakeTools) {
    this.#tools = tools;
  }

  /**
   * Takes the file, or all files of the folder, at `path`: all of them or none.
   * @throws PermanentError when it cannot be put; what the disk says
   */
  async take(path: string, as: PutAs, signal: AbortSignal): Promise<Taken> {
    const work = this.#take(path, as, signal);
    this.#running.add(work);
    try {
      return await work;
    } finally {
      this.#running.delete(work);
    }
  }

  /** No put is being taken. */
  get isIdle(): boolean {
    return this.#running.size === 0;
  }

  /** Resolves when every put that has begun is answered. */
  async settled(): Promise<void> {
    await Promise.allSettled([...this.#running]);
  }

  async #take(path: string, as: PutAs, signal: AbortSignal): Promise<Taken> {
    const { isOwn, held, log, uuid, timing, whyClosed } = this.#tools;
    const closed = whyClosed();
    if (closed !== undefined) throw new PermanentError(closed);
    const { files, skipped } = await findFiles(path, isOwn, signal);
    const id = uuid();
    const putAt = toTimestamp(timing.now());
    const lines = new Map<number, PutLine>();
    const [error] = await runLimited([...files.entries()], AT_ONCE, async ([index, file]) => {
      signal.throwIfAborted();
      const putId = `${id}-${index}`;
      const line = { ...as, ...labelled(file, as), putId, putAt, path: file.path };
      try {
        lines.set(index, { ...line, ...(await holdFile(file.path, join(held, putId))) });
      } catch (failure) {
        // In a folder that changes, what is gone was not there.
        if (file.within === undefined || !hasCode(failure, 'ENOENT')) throw failure;
      }
    });
    const taken = [...lines].sort(([one], [other]) => one - other).map(([, line]) => line);
    if (error !== undefined) {
      for (const { putId } of taken) await rm(join(held, putId), { force: true });
      throw error;
    }
    await syncFolder(held);
    // When this fails a line may be on disk all the same: what it names stays, and the next start clears up what none names.
    if (taken.length > 0) await log.put(taken);
    return { files: taken.length, bytes: taken.reduce((sum, { bytes }) => sum + bytes, 0), skipped };
  }
}

export type { IntakeTools, Taken };
export { PATH_LABEL, PutIntake };
