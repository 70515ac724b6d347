import { stat } from 'node:fs/promises';
import { resolve } from 'node:path';
import * as z from 'zod';
import { artifactIdSchema } from '../../lib/ids.ts';
import { readJsonFile, writeFileAtomic } from '../disk/durable-file.ts';
import { Semaphore } from '../semaphore.ts';

const fingerprintSchema = z.object({
  artifactId: artifactIdSchema,
  bytes: z.int().nonnegative(),
  modifiedNs: z.string(),
  inode: z.string(),
  /** The scrub found other bytes there, or none: `artifactId` is what the file was, until somebody changes it. */
  rotten: z.literal(true).optional(),
});
const cacheSchema = z.record(z.string(), fingerprintSchema);
type Fingerprint = z.infer<typeof fingerprintSchema>;
type Look = Omit<Fingerprint, 'artifactId' | 'rotten'>;

/** How a file looks from outside; undefined when it is no plain file or not there. */
const look = async (path: string): Promise<Look | undefined> => {
  const found = await stat(path, { bigint: true }).catch(() => undefined);
  if (found === undefined || !found.isFile()) return undefined;
  return { bytes: Number(found.size), modifiedNs: String(found.mtimeNs), inode: String(found.ino) };
};

const isSame = (one: Look, other: Look): boolean =>
  one.bytes === other.bytes && one.modifiedNs === other.modifiedNs && one.inode === other.inode;

/** Hashes of files that did not change since, by path (relative to the data root, or absolute outside of it), size, time and inode (sync 7.5-2: never by path alone). */
class HashCache {
  readonly #root: string;
  readonly #path: string;
  #byPath = new Map<string, Fingerprint>();
  /** An inventory and the scrub may want it at the same time. */
  readonly #saving = new Semaphore(1);

  constructor(root: string, path: string) {
    this.#root = root;
    this.#path = path;
  }

  /** Reads what an earlier agent knew; a damaged file only costs the time to hash again. */
  async load(): Promise<void> {
    const known = await readJsonFile(this.#path, cacheSchema).catch(() => undefined);
    this.#byPath = new Map(Object.entries(known ?? {}));
  }

  /** The artifactId of an unchanged file, or undefined. */
  async recall(path: string): Promise<Fingerprint | undefined> {
    const known = await this.#unchanged(path);
    return known?.rotten === true ? undefined : known;
  }

  /** What the file at `path` was before it rotted; undefined when it did not, or somebody changed it since: then it is another file. */
  async recallRotten(path: string): Promise<Fingerprint | undefined> {
    const known = await this.#unchanged(path);
    return known?.rotten === true ? known : undefined;
  }

  /** The file at `path` was just hashed, and nobody else writes it; `seen`: how it looked then. */
  async remember(path: string, artifactId: string, seen?: Look): Promise<void> {
    const now = seen ?? (await look(resolve(this.#root, path)));
    if (now !== undefined) this.#byPath.set(path, { artifactId, ...now });
  }

  /** The absolute path of an unchanged copy of the artifact, or undefined. */
  async findCopy(artifactId: string, bytes: number): Promise<string | undefined> {
    for (const [path, known] of this.#byPath) {
      if (known.artifactId !== artifactId || known.bytes !== bytes) continue;
      if ((await this.recall(path)) !== undefined) return resolve(this.#root, path);
    }
    return undefined;
  }

  /** All files that were hashed, and did not rot. */
  files(): { path: string; bytes: number }[] {
    return [...this.#byPath]
      .filter(([, { rotten }]) => rotten !== true)
      .map(([path, { bytes }]) => ({ path, bytes }));
  }

  /** The bytes at `path` are not what was written there. Resolves when that is on disk: nobody may take them for a new file after a restart. */
  async condemn(path: string): Promise<void> {
    const known = this.#byPath.get(path);
    if (known === undefined) return;
    this.#byPath.set(path, { ...known, rotten: true });
    await this.#save();
  }

  /** Forgets every path that `keeps` does not, and saves the rest. */
  async keepOnly(keeps: (path: string) => boolean): Promise<void> {
    for (const path of this.#byPath.keys()) {
      if (!keeps(path)) this.#byPath.delete(path);
    }
    await this.#save();
  }

  async #unchanged(path: string): Promise<Fingerprint | undefined> {
    const known = this.#byPath.get(path);
    const now = await look(resolve(this.#root, path));
    if (known === undefined || now === undefined) return undefined;
    return isSame(known, now) ? known : undefined;
  }

  async #save(): Promise<void> {
    await this.#saving.run(
      async () => await writeFileAtomic(this.#path, JSON.stringify(Object.fromEntries(this.#byPath))),
    );
  }
}

export type { Fingerprint };
export { HashCache, isSame, look };
