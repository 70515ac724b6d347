import { createHash } from 'node:crypto';
import { createReadStream } from 'node:fs';
import type { TokenBucket } from '../pull/token-bucket.ts';

const CHUNK_BYTES = 1024 * 1024;

/** The SHA-256 in hex of what is on disk, read no faster than `pace` lets: whoever works with the disk goes first. */
const hashSlowly = async (path: string, pace: TokenBucket, signal: AbortSignal): Promise<string> => {
  const hash = createHash('sha256');
  for await (const chunk of createReadStream(path, { highWaterMark: CHUNK_BYTES, signal })) {
    hash.update(chunk);
    await pace.take(chunk.length, signal);
    signal.throwIfAborted();
  }
  return hash.digest('hex');
};

export { hashSlowly };
