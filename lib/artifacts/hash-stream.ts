import { createHash } from 'node:crypto';
import { PART_BYTES } from '../constants.ts';

interface StreamHash {
  /** SHA-256 of all bytes, lower-case hex. */
  readonly artifactId: string;
  readonly bytes: number;
  readonly partBytes: number;
  /** Base64 SHA-256 of each part, as the store checks it. One part for up to `partBytes` bytes (also for none). */
  readonly partDigests: readonly string[];
}

/**
 * Hashes a file in one pass: the whole and each part, so that the same bytes give the artifactId and what the store must answer.
 * Memory does not grow with the file.
 */
const hashStream = async (
  source: AsyncIterable<Uint8Array>,
  partBytes: number = PART_BYTES,
): Promise<StreamHash> => {
  const whole = createHash('sha256');
  let part = createHash('sha256');
  let inPart = 0;
  let bytes = 0;
  const partDigests: string[] = [];
  for await (const chunk of source) {
    whole.update(chunk);
    bytes += chunk.length;
    let rest = chunk;
    while (rest.length > 0) {
      // A full part is closed only when more bytes follow, so that the last part is never empty.
      if (inPart === partBytes) {
        partDigests.push(part.digest('base64'));
        part = createHash('sha256');
        inPart = 0;
      }
      const taken = rest.subarray(0, partBytes - inPart);
      part.update(taken);
      inPart += taken.length;
      rest = rest.subarray(taken.length);
    }
  }
  partDigests.push(part.digest('base64'));
  return { artifactId: whole.digest('hex'), bytes, partBytes, partDigests };
};

/** The store's checksum of a multipart object: SHA-256 of the parts' digests, and their number. */
const compositeChecksum = (partDigests: readonly string[]): string => {
  const hash = createHash('sha256');
  for (const digest of partDigests) hash.update(Buffer.from(digest, 'base64'));
  return `${hash.digest('base64')}-${partDigests.length}`;
};

export type { StreamHash };
export { compositeChecksum, hashStream };
