import { PART_BYTES } from '../constants.ts';

/**
 * More parts than this do not fit the report of a node: 48 bytes for the digest of each, in a message of 256 kB. S3 itself takes
 * 10,000.
 */
const MAX_PARTS = 4000;

/** How large the parts of a file are: 64 MiB, and larger only where that would make too many (above 250 GiB). */
const partBytesFor = (bytes: number): number =>
  Math.max(1, Math.ceil(bytes / (MAX_PARTS * PART_BYTES))) * PART_BYTES;

export { MAX_PARTS, partBytesFor };
