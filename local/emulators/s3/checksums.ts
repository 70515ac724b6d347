import { createHash } from 'node:crypto';
import { crc32 } from 'node:zlib';
import * as z from 'zod';

/** The algorithms that are verified. CRC32C and CRC64NVME are accepted, not verified and not stored. */
const checksumAlgorithmSchema = z.enum(['SHA256', 'SHA1', 'CRC32']);
type ChecksumAlgorithm = z.infer<typeof checksumAlgorithmSchema>;
const ALGORITHMS = checksumAlgorithmSchema.options;

interface Digest {
  update(chunk: Uint8Array): void;
  /** base64 */
  end(): string;
}

const createDigest = (algorithm: ChecksumAlgorithm | 'MD5'): Digest => {
  if (algorithm !== 'CRC32') {
    const hash = createHash(algorithm.toLowerCase());
    return { update: (chunk) => void hash.update(chunk), end: () => hash.digest('base64') };
  }
  let crc = 0;
  return {
    update: (chunk) => {
      crc = crc32(chunk, crc);
    },
    end: () => {
      const bytes = Buffer.alloc(4);
      bytes.writeUInt32BE(crc);
      return bytes.toString('base64');
    },
  };
};

/** `x-amz-checksum-sha256`, the header and trailer of an algorithm. */
const checksumHeader = (algorithm: ChecksumAlgorithm): string => `x-amz-checksum-${algorithm.toLowerCase()}`;

/** `ChecksumSHA256`, its element in XML. */
const checksumElement = (algorithm: ChecksumAlgorithm): string => `Checksum${algorithm}`;

/** The composite of a multipart object: the digest of the parts' digests, and their number: `<base64>-<N>`. */
const compositeChecksum = (algorithm: ChecksumAlgorithm, parts: readonly string[]): string => {
  const digest = createDigest(algorithm);
  for (const part of parts) digest.update(Buffer.from(part, 'base64'));
  return `${digest.end()}-${parts.length}`;
};

export type { ChecksumAlgorithm, Digest };
export {
  ALGORITHMS,
  checksumAlgorithmSchema,
  checksumElement,
  checksumHeader,
  compositeChecksum,
  createDigest,
};
