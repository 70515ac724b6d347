import { lstat, readdir } from 'node:fs/promises';
import { isTestFile, reasonToSkipFolder, type SkipReason } from './skipped-folders.ts';

/** Far above any source that people write; a file of this size is data. */
const MAX_BYTES = 8 * 1024 * 1024;

/** Something that was left out. */
interface Note {
  /** From the root of the tree. */
  readonly path: string;
  readonly reason: SkipReason | 'unreadable' | 'too-large' | 'link' | 'no-yaml';
  readonly detail?: string;
}

interface ListedFile {
  readonly path: string;
  readonly kind: 'python' | 'yaml' | 'script';
}

interface TreeListing {
  readonly files: readonly ListedFile[];
  readonly notes: readonly Note[];
}

/** What is asked of a file system; a test puts one in that refuses. */
interface TreeReader {
  list(folder: string): Promise<readonly { name: string; kind: 'file' | 'folder' | 'link' | 'other' }[]>;
  bytes(file: string): Promise<number>;
}

const fileTree: TreeReader = {
  list: async (folder) =>
    (await readdir(folder, { withFileTypes: true })).map((entry) => {
      if (entry.isSymbolicLink()) return { name: entry.name, kind: 'link' };
      if (entry.isDirectory()) return { name: entry.name, kind: 'folder' };
      return { name: entry.name, kind: entry.isFile() ? 'file' : 'other' };
    }),
  bytes: async (file) => (await lstat(file)).size,
};

/** By its name; a file without an ending may be a script of Python. */
const kindOf = (name: string): ListedFile['kind'] | undefined => {
  if (/\.pyi?w?$/.test(name)) return 'python';
  if (/\.ya?ml$/i.test(name)) return 'yaml';
  return name.includes('.') ? undefined : 'script';
};

const messageOf = (error: unknown): string => (error instanceof Error ? error.message : String(error));

interface ListOptions {
  readonly skipTests: boolean;
  readonly isExcluded: (path: string) => boolean;
  readonly reader?: TreeReader;
}

/**
 * All files below a folder that can hold references, in a fixed order. Links are not followed: what they lead to is read where it
 * lies, and a loop cannot be entered. What cannot be read is a note, never nothing.
 */
const listTree = async (root: string, options: ListOptions): Promise<TreeListing> => {
  const { skipTests, isExcluded, reader = fileTree } = options;
  const files: ListedFile[] = [];
  const notes: Note[] = [];

  const takeFile = async (path: string, name: string): Promise<void> => {
    const kind = kindOf(name);
    if (kind === undefined || (skipTests && isTestFile(name))) return;
    try {
      const bytes = await reader.bytes(`${root}/${path}`);
      if (bytes <= MAX_BYTES) files.push({ path, kind });
      else if (kind !== 'script') notes.push({ path, reason: 'too-large', detail: `${bytes} bytes` });
    } catch (error) {
      notes.push({ path, reason: 'unreadable', detail: messageOf(error) });
    }
  };

  const visit = async (folder: string, name: string): Promise<void> => {
    let entries: Awaited<ReturnType<TreeReader['list']>>;
    try {
      entries = await reader.list(folder === '' ? root : `${root}/${folder}`);
    } catch (error) {
      notes.push({ path: folder === '' ? '.' : folder, reason: 'unreadable', detail: messageOf(error) });
      return;
    }
    const names = entries.map((entry) => entry.name);
    // The root was asked for, whatever it is called.
    const reason = folder === '' ? undefined : reasonToSkipFolder(name, names, skipTests);
    if (reason !== undefined) {
      notes.push({ path: folder, reason });
      return;
    }
    for (const entry of [...entries].sort((one, other) => (one.name < other.name ? -1 : 1))) {
      const path = folder === '' ? entry.name : `${folder}/${entry.name}`;
      if (isExcluded(path)) notes.push({ path, reason: 'excluded' });
      else if (entry.kind === 'folder') await visit(path, entry.name);
      else if (entry.kind === 'file') await takeFile(path, entry.name);
      else if (entry.kind === 'link' && kindOf(entry.name) !== undefined)
        notes.push({ path, reason: 'link' });
    }
  };
  await visit('', '');
  return { files, notes };
};

export type { Note, TreeReader };
export { fileTree, listTree, MAX_BYTES };
