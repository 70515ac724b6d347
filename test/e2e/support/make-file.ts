import { createHash, randomBytes } from 'node:crypto';
import { closeSync, createReadStream, openSync, writeSync } from 'node:fs';
import { pipeline } from 'node:stream/promises';

const PIECE_BYTES = 1_000_000;

/** Writes `bytes` random bytes to `path`; answers their SHA-256 in hex. */
const makeFile = (path: string, bytes: number): string => {
  const hash = createHash('sha256');
  const file = openSync(path, 'w');
  try {
    for (let left = bytes; left > 0; ) {
      const piece = randomBytes(Math.min(left, PIECE_BYTES));
      hash.update(piece);
      left -= writeSync(file, piece);
    }
  } finally {
    closeSync(file);
  }
  return hash.digest('hex');
};

/** The SHA-256 of what is on disk now, in hex: computed by the test, not by the code under test. */
const sha256Of = async (path: string): Promise<string> => {
  const hash = createHash('sha256');
  await pipeline(createReadStream(path), hash);
  return hash.digest('hex');
};

export { makeFile, sha256Of };
