import { lstat, opendir } from 'node:fs/promises';
import { join } from 'node:path';
import { hasCode } from '../disk/durable-file.ts';

interface FoundFile {
  readonly path: string;
  readonly bytes: number;
  /** The later of the times at which its content or its place last changed: a copy can keep the first, not the second. */
  readonly changedAtMs: number;
}

interface WalkOptions {
  /** Folders that are left out, with all below. */
  readonly skips: (folder: string) => boolean;
  readonly signal: AbortSignal;
}

/** Files that are looked at together: enough to keep a disk busy, and never more in memory. */
const BATCH = 128;
/** What the kernel shows there is no data. */
const KERNEL_FOLDERS: ReadonlySet<string> = new Set(['/proc', '/sys', '/dev']);

const isGone = (error: unknown): boolean => hasCode(error, 'ENOENT', 'ENOTDIR');

const lookAt = async (path: string): Promise<FoundFile | undefined> => {
  try {
    const found = await lstat(path);
    if (!found.isFile()) return undefined;
    return { path, bytes: found.size, changedAtMs: Math.max(found.mtimeMs, found.ctimeMs) };
  } catch (error) {
    if (isGone(error)) return undefined;
    throw error;
  }
};

const present = (files: readonly (FoundFile | undefined)[]): FoundFile[] =>
  files.filter((file) => file !== undefined);

/** The plain files of one folder in batches; folders in it are added to `folders`. */
const filesOf = async function* (
  folder: string,
  folders: string[],
  { skips, signal }: WalkOptions,
): AsyncGenerator<FoundFile[]> {
  let batch: string[] = [];
  for await (const entry of await opendir(folder, { bufferSize: BATCH })) {
    signal.throwIfAborted();
    const path = join(folder, entry.name);
    if (entry.isDirectory()) {
      if (!KERNEL_FOLDERS.has(path) && !skips(path)) folders.push(path);
      continue;
    }
    if (entry.isSymbolicLink()) continue;
    batch.push(path);
    if (batch.length < BATCH) continue;
    yield present(await Promise.all(batch.map(lookAt)));
    batch = [];
  }
  yield present(await Promise.all(batch.map(lookAt)));
};

/**
 * All plain files below `start`, in batches. Symlinks are not followed. What vanishes meanwhile is left out.
 * @throws when a folder or file that is there cannot be looked at: a list that lacks something must not look complete
 */
const walkFiles = async function* (start: string, options: WalkOptions): AsyncGenerator<FoundFile[]> {
  const folders = [start];
  for (let folder = folders.pop(); folder !== undefined; folder = folders.pop()) {
    try {
      yield* filesOf(folder, folders, options);
    } catch (error) {
      if (folder === start || !isGone(error)) throw error;
    }
  }
};

export type { FoundFile };
export { walkFiles };
