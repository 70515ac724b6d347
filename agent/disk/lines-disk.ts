import { open, readFile } from 'node:fs/promises';
import { hasCode, writeFileAtomic } from './durable-file.ts';

/** A file that is open at its end. */
interface LinesFile {
  append(text: string): Promise<void>;
  /** Resolves when all that was appended survives a power cut. */
  sync(): Promise<void>;
  close(): Promise<void>;
}

/** The few calls by which lines get onto a disk. Tests pass one that loses what was not synced. */
interface LinesDisk {
  /** undefined: there is no such file. */
  read(path: string): Promise<string | undefined>;
  /** In one step, also across a power cut: old content or new. */
  replace(path: string, content: string): Promise<void>;
  openAtEnd(path: string): Promise<LinesFile>;
}

const systemDisk: LinesDisk = {
  read: async (path) => {
    try {
      return await readFile(path, 'utf8');
    } catch (error) {
      if (hasCode(error, 'ENOENT')) return undefined;
      throw error;
    }
  },
  replace: async (path, content) => await writeFileAtomic(path, content),
  openAtEnd: async (path) => {
    const file = await open(path, 'a');
    return {
      append: async (text) => await file.appendFile(text),
      sync: async () => await file.datasync(),
      close: async () => await file.close(),
    };
  },
};

export type { LinesDisk, LinesFile };
export { systemDisk };
