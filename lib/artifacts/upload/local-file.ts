import { createReadStream } from 'node:fs';
import { stat } from 'node:fs/promises';
import { Readable } from 'node:stream';
import { PermanentError } from '../../errors.ts';
import { hashStream, type StreamHash } from '../hash-stream.ts';
import { partBytesFor } from '../part-bytes.ts';

/** A file that was hashed in one pass: what it is, and the digest of each part that will be sent. */
interface HashedFile extends StreamHash {
  readonly path: string;
}

/** One megabyte a read: fewer calls than the default 64 kB, and small beside the parts. */
const READ_BYTES = 1024 * 1024;

/**
 * The size of the file.
 * @throws PermanentError when it is no readable, regular, non-empty file
 */
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

interface ByteRange {
  readonly start: number;
  /** Exclusive. */
  readonly end: number;
}

/** Waits until so many bytes may pass. */
type Pace = (bytes: number) => Promise<void>;

/** The bytes of a range, counted as they are read. */
const chunksOf = async function* (
  path: string,
  { start, end }: ByteRange,
  onBytes: (bytes: number) => void,
  pace: Pace = async () => undefined,
): AsyncGenerator<Buffer> {
  for await (const chunk of createReadStream(path, { start, end: end - 1, highWaterMark: READ_BYTES })) {
    if (!Buffer.isBuffer(chunk)) throw new PermanentError(`${path} was read as text`);
    await pace(chunk.length);
    onBytes(chunk.length);
    yield chunk;
  }
};

/** A stream of these bytes, as an upload wants it. Destroy it to let go of the file. */
const readRange = (path: string, range: ByteRange, onBytes: (bytes: number) => void, pace?: Pace): Readable =>
  Readable.from(chunksOf(path, range, onBytes, pace), { objectMode: false, highWaterMark: READ_BYTES });

/**
 * Hashes the file in one pass; `run` is told its size and gets the work, so that it can show progress.
 * @throws PermanentError when it is no readable, regular, non-empty file
 */
const hashLocalFile = async <Answer>(
  path: string,
  signal: AbortSignal,
  run: (bytes: number, work: (onBytes: (bytes: number) => void) => Promise<HashedFile>) => Promise<Answer>,
): Promise<Answer> => {
  const bytes = await fileBytes(path);
  return run(bytes, async (onBytes) => {
    const count = (read: number): void => {
      signal.throwIfAborted();
      onBytes(read);
    };
    return {
      path,
      ...(await hashStream(chunksOf(path, { start: 0, end: bytes }, count), partBytesFor(bytes))),
    };
  });
};

export type { ByteRange, HashedFile, Pace };
export { fileBytes, hashLocalFile, readRange };
