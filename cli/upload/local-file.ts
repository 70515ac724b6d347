import { createReadStream } from 'node:fs';
import { stat } from 'node:fs/promises';
import { Readable } from 'node:stream';
import { PermanentError } from '../../lib/errors.ts';

/** A file that was hashed in one pass: what it is, and the digest of each part that will be sent. */
interface HashedFile {
  readonly path: string;
  readonly bytes: number;
  readonly artifactId: string;
  /** Base64 SHA-256 of each part of `partBytes`; for a single PUT there is one, of the whole. */
  readonly partDigests: readonly string[];
  readonly partBytes: number;
}

/** One megabyte a read: fewer calls than the default 64 kB, and small beside the parts. */
const READ_BYTES = 1024 * 1024;

/** @throws PermanentError when it is no readable, regular, non-empty file */
const fileBytes = async (path: string): Promise<number> => {
  try {
    const facts = await stat(path);
    if (!facts.isFile())
      throw new PermanentError(`${path} is not a regular file: publish files, or pack the folder first`);
    if (facts.size === 0) throw new PermanentError(`${path} is empty: nothing to publish`);
    return facts.size;
  } catch (error) {
    if (error instanceof PermanentError) throw error;
    throw new PermanentError(`cannot read ${path}: is the path right?`, { cause: error });
  }
};

/** The bytes `start` to `end` (exclusive), counted as they are read. */
const readRange = (
  path: string,
  start: number,
  end: number,
  onBytes: (bytes: number) => void,
  signal: AbortSignal,
): Readable => {
  const chunks = async function* (): AsyncGenerator<Buffer> {
    const stream = createReadStream(path, { start, end: end - 1, highWaterMark: READ_BYTES, signal });
    for await (const chunk of stream) {
      if (!Buffer.isBuffer(chunk)) throw new PermanentError(`${path} was read as text`);
      onBytes(chunk.length);
      yield chunk;
    }
  };
  return Readable.from(chunks(), { objectMode: false, highWaterMark: READ_BYTES });
};

export type { HashedFile };
export { fileBytes, readRange };
