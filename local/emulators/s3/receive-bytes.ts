import { open, unlink } from 'node:fs/promises';
import type { IncomingMessage } from 'node:http';
import { AwsError } from '../aws-error.ts';
import { headerOf } from '../http-body.ts';
import { decodeAwsChunked } from './aws-chunked.ts';
import {
  ALGORITHMS,
  type ChecksumAlgorithm,
  checksumHeader,
  createDigest,
  type Digest,
} from './checksums.ts';

interface ReceivedBytes {
  readonly size: number;
  /** hex */
  readonly md5: string;
  /** What the client sent, verified. */
  readonly checksums: Partial<Record<ChecksumAlgorithm, string>>;
}

const badDigest = (what: string): AwsError =>
  new AwsError('BadDigest', `The ${what} you specified did not match the calculated checksum.`);

/** The algorithms named by a header, or announced as a trailer. */
const announcedAlgorithms = (request: IncomingMessage): ChecksumAlgorithm[] => {
  const trailers = (headerOf(request, 'x-amz-trailer') ?? '').toLowerCase();
  return ALGORITHMS.filter(
    (algorithm) =>
      headerOf(request, checksumHeader(algorithm)) !== undefined ||
      trailers.includes(checksumHeader(algorithm)),
  );
};

const verify = (
  request: IncomingMessage,
  trailers: ReadonlyMap<string, string>,
  size: number,
  digests: ReadonlyMap<ChecksumAlgorithm | 'MD5', string>,
): void => {
  for (const algorithm of ALGORITHMS) {
    const name = checksumHeader(algorithm);
    const claimed = headerOf(request, name) ?? trailers.get(name);
    if (claimed !== undefined && claimed !== digests.get(algorithm)) throw badDigest(algorithm);
  }
  const md5 = headerOf(request, 'content-md5');
  if (md5 !== undefined && md5 !== digests.get('MD5')) throw badDigest('Content-MD5');
  const payload = headerOf(request, 'x-amz-content-sha256') ?? '';
  const sha256 = digests.get('SHA256');
  if (/^[0-9a-f]{64}$/.test(payload) && Buffer.from(sha256 ?? '', 'base64').toString('hex') !== payload) {
    throw new AwsError(
      'XAmzContentSHA256Mismatch',
      'The provided x-amz-content-sha256 header does not match what was computed.',
    );
  }
  const decodedLength = headerOf(request, 'x-amz-decoded-content-length');
  if (decodedLength !== undefined && Number(decodedLength) !== size) {
    throw new AwsError('IncompleteBody', `${decodedLength} bytes were announced, ${size} came`);
  }
};

/**
 * Writes a request's body to `file`, hashing while it streams, and verifies every checksum that came with it. The
 * bytes are on the disk (fsync) when it returns; after an error there is no file.
 * @throws AwsError `BadDigest`, `XAmzContentSHA256Mismatch`, `IncompleteBody`
 */
const receiveBytes = async (request: IncomingMessage, file: string): Promise<ReceivedBytes> => {
  const payload = headerOf(request, 'x-amz-content-sha256') ?? '';
  const algorithms = new Set<ChecksumAlgorithm | 'MD5'>(['MD5', ...announcedAlgorithms(request)]);
  const keptAlgorithms = new Set(algorithms);
  if (/^[0-9a-f]{64}$/.test(payload)) algorithms.add('SHA256');
  const digests = new Map<ChecksumAlgorithm | 'MD5', Digest>(
    [...algorithms].map((algorithm) => [algorithm, createDigest(algorithm)]),
  );
  const trailers = new Map<string, string>();
  const source = payload.startsWith('STREAMING-') ? decodeAwsChunked(request, trailers) : request;
  const handle = await open(file, 'wx');
  try {
    let size = 0;
    for await (const chunk of source) {
      const bytes: Buffer = chunk;
      for (const digest of digests.values()) digest.update(bytes);
      size += bytes.length;
      await handle.writeFile(bytes);
    }
    const values = new Map([...digests].map(([algorithm, digest]) => [algorithm, digest.end()]));
    verify(request, trailers, size, values);
    await handle.sync();
    return {
      size,
      md5: Buffer.from(values.get('MD5') ?? '', 'base64').toString('hex'),
      checksums: Object.fromEntries(
        [...values].filter(([name]) => name !== 'MD5' && keptAlgorithms.has(name)),
      ),
    };
  } catch (error) {
    await unlink(file);
    throw error;
  } finally {
    await handle.close();
  }
};

export type { ReceivedBytes };
export { announcedAlgorithms, receiveBytes };
