import type { Readable } from 'node:stream';
import { type Entry, openPromise, type ZipFile } from 'yauzl';
import { type NpyHeader, npyHeaderBytes, parseNpyHeader } from './npy-header.ts';

const reasonOf = (error: unknown): string =>
  (error instanceof Error ? error.message : String(error)).replace(/\.$/, '');

/** Reads just as much of `stream` as the header needs. */
const readHeader = async (stream: Readable): Promise<NpyHeader | string> => {
  let start: Buffer = Buffer.alloc(0);
  for await (const chunk of stream) {
    start = Buffer.concat([start, chunk]);
    if (start.length < 12) continue;
    const needed = npyHeaderBytes(start);
    if (typeof needed === 'string') return needed;
    if (start.length >= needed) return parseNpyHeader(start.subarray(0, needed));
  }
  return 'it ends inside its header';
};

const checkEntry = async (zip: ZipFile, entry: Entry): Promise<NpyHeader | string> => {
  const stream = await zip.openReadStreamPromise(entry);
  try {
    const header = await readHeader(stream);
    if (typeof header === 'string' || header.itemBytes === undefined) return header;
    const expected = header.shape.reduce((product, length) => product * length, header.itemBytes);
    const found = entry.uncompressedSize - header.headerBytes;
    return found === expected ? header : `its shape needs ${expected} bytes of data, ${found} are there`;
  } finally {
    stream.destroy();
  }
};

/**
 * Whether the file at `path` is a sound NPZ: a zip whose arrays have readable headers, hold as many bytes as their shapes say,
 * and agree on their first length (the number of samples; scalars have none). Undefined, or what is wrong. Reads the zip's
 * directory and the arrays' headers only.
 */
const whyNotNpz = async (path: string): Promise<string | undefined> => {
  let zip: ZipFile;
  try {
    zip = await openPromise(path, { lazyEntries: true, autoClose: false });
  } catch (error) {
    return `not a zip file: ${reasonOf(error)}`;
  }
  try {
    let first: { name: string; length: number } | undefined;
    let arrays = 0;
    for await (const entry of zip.eachEntry()) {
      if (!entry.fileName.endsWith('.npy')) continue;
      arrays += 1;
      const header = await checkEntry(zip, entry);
      if (typeof header === 'string') return `the array ${entry.fileName}: ${header}`;
      const length = header.shape[0];
      if (length === undefined) continue;
      first ??= { name: entry.fileName, length };
      if (length !== first.length) {
        return `the arrays disagree: ${first.name} has ${first.length} samples, ${entry.fileName} has ${length}`;
      }
    }
    return arrays === 0 ? 'it holds no array' : undefined;
  } catch (error) {
    return `damaged zip: ${reasonOf(error)}`;
  } finally {
    zip.close();
  }
};

export { whyNotNpz };
