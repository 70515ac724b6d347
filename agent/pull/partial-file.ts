import { constants } from 'node:fs';
import type { FileHandle } from 'node:fs/promises';
import { open, rename, rm, stat, writeFile } from 'node:fs/promises';
import { basename, dirname, join } from 'node:path';
import * as z from 'zod';
import { artifactIdSchema } from '../../lib/ids.ts';
import { readJsonFile } from '../disk/durable-file.ts';

const stateSchema = z.object({
  artifactId: artifactIdSchema,
  totalBytes: z.int().nonnegative(),
  /** All bytes before this were written. They are hashed again on a resume: this number is only a promise. */
  frontier: z.int().nonnegative(),
});

/** Names of unfinished files: `.<name>.<8 of the artifactId>.partial`, and their state beside them. */
const PARTIAL_NAME = /^\..+\.[0-9a-f]{8}\.partial(\.json)?(\.new)?$/;

/** These names can be foreseen: a symlink that somebody put there must not lead a write out of the data root. */
const WRITE_NO_LINK = constants.O_WRONLY | constants.O_CREAT | constants.O_TRUNC | constants.O_NOFOLLOW;

/** The temporary file beside `target`, where the bytes of one artifact gather over restarts. */
class PartialFile {
  readonly path: string;
  readonly #statePath: string;
  readonly #artifactId: string;
  readonly #totalBytes: number;
  #saving: Promise<void> = Promise.resolve();

  constructor(target: string, artifactId: string, totalBytes: number) {
    this.path = join(dirname(target), `.${basename(target)}.${artifactId.slice(0, 8)}.partial`);
    this.#statePath = `${this.path}.json`;
    this.#artifactId = artifactId;
    this.#totalBytes = totalBytes;
  }

  /** Opens it for writing; `frontier` bytes of an earlier try are there. @throws ELOOP when a symlink lies there */
  async open(): Promise<{ file: FileHandle; frontier: number }> {
    const frontier = await this.#usableBytes();
    const fresh = constants.O_CREAT | (frontier > 0 ? 0 : constants.O_TRUNC);
    const file = await open(this.path, constants.O_RDWR | constants.O_NOFOLLOW | fresh, 0o644);
    // The mask of the process must not decide who can read a model.
    await file.chmod(0o644);
    return { file, frontier };
  }

  async #usableBytes(): Promise<number> {
    try {
      const state = await readJsonFile(this.#statePath, stateSchema);
      if (state === undefined || state.artifactId !== this.#artifactId) return 0;
      if (state.totalBytes !== this.#totalBytes || state.frontier > state.totalBytes) return 0;
      const { size } = await stat(this.path);
      return Math.min(size, state.frontier);
    } catch {
      // Damaged or gone: begin again, nothing is lost but time.
      return 0;
    }
  }

  /** Remembers the frontier. Not synced: after a power cut an older or wrong number is found out by the hash. */
  async save(frontier: number): Promise<void> {
    this.#saving = this.#saving.then(async () => {
      const state = { artifactId: this.#artifactId, totalBytes: this.#totalBytes, frontier };
      await writeFile(`${this.#statePath}.new`, JSON.stringify(state), { flag: WRITE_NO_LINK });
      await rename(`${this.#statePath}.new`, this.#statePath);
    });
    await this.#saving;
  }

  async forgetState(): Promise<void> {
    await this.#saving.catch(() => undefined);
    await rm(this.#statePath, { force: true });
    await rm(`${this.#statePath}.new`, { force: true });
  }
}

export { PARTIAL_NAME, PartialFile };
