import type { ServerResponse } from 'node:http';
import { AwsError } from '../aws-error.ts';
import { headerOf } from '../http-body.ts';
import type { BucketStore } from './bucket-store.ts';
import type { Segment, StoredObject } from './records.ts';
import { checksumHeaders, type ObjectCall, quoted } from './request.ts';
import { sendSlices } from './send-slices.ts';

/** First and last byte, both included. */
interface ByteRange {
  readonly first: number;
  readonly last: number;
}

/**
 * The range that `Range: bytes=…` asks for; undefined = the whole object (no header, or one that S3 ignores).
 * @throws AwsError `InvalidRange` (416) when it lies outside.
 */
const parseRange = (header: string | undefined, size: number): ByteRange | undefined => {
  const [, from, to] = /^bytes=(\d*)-(\d*)$/.exec(header ?? '') ?? [];
  if (from === undefined || to === undefined || (from === '' && to === '')) return undefined;
  const first = from === '' ? Math.max(0, size - Number(to)) : Number(from);
  const last = from === '' || to === '' ? size - 1 : Math.min(Number(to), size - 1);
  if (from !== '' && to !== '' && Number(to) < first) return undefined;
  if (first >= size || (from === '' && Number(to) === 0)) {
    throw new AwsError('InvalidRange', 'The requested range is not satisfiable', 416);
  }
  return { first, last };
};

/** The range of one part, by `?partNumber=`. */
const partRange = (object: StoredObject, partNumber: number): ByteRange => {
  let first = 0;
  for (const [index, { size }] of object.segments.entries()) {
    if (index + 1 === partNumber) return { first, last: first + size - 1 };
    first += size;
  }
  throw new AwsError('InvalidPartNumber', 'The requested partnumber is not satisfiable', 416);
};

/** The pieces of files that hold a range of an object. */
const slicesOf = (
  segments: readonly Segment[],
  { first, last }: ByteRange,
): { file: string; start: number; end: number }[] => {
  let offset = 0;
  return segments.flatMap(({ file, size }) => {
    const start = Math.max(first - offset, 0);
    const end = Math.min(last - offset, size - 1);
    offset += size;
    return start <= end ? [{ file, start, end }] : [];
  });
};

const sendBytes = async (
  bucket: BucketStore,
  object: StoredObject,
  range: ByteRange,
  response: ServerResponse,
): Promise<void> => {
  const slices = slicesOf(object.segments, range).map(({ file, start, end }) => ({
    path: bucket.pathOf(file),
    start,
    end,
  }));
  try {
    await sendSlices(slices, response);
  } catch (error) {
    // Nobody is there to tell, and a client may stop whenever it likes.
    if (!response.destroyed) throw error;
  }
};

const etagsIn = (header: string): string[] =>
  header.split(',').map((etag) => etag.trim().replace(/^W\//, ''));

/** 412 and 304 as RFC 9110 orders them. @throws AwsError `PreconditionFailed` */
const isUnchanged = (call: ObjectCall, object: StoredObject): boolean => {
  const match = headerOf(call.request, 'if-match');
  const noneMatch = headerOf(call.request, 'if-none-match');
  const fits = (header: string): boolean =>
    header === '*' || etagsIn(header).some((etag) => etag === quoted(object.etag) || etag === object.etag);
  if (match !== undefined && !fits(match)) {
    throw new AwsError(
      'PreconditionFailed',
      'At least one of the pre-conditions you specified did not hold',
      412,
    );
  }
  return noneMatch !== undefined && fits(noneMatch);
};

/** GetObject and HeadObject: the bytes stream from the disk, a range touches only its own. */
const getObject = async (call: ObjectCall, object: StoredObject): Promise<void> => {
  const { request, response, bucket, query } = call;
  const versionId = query.get('versionId');
  if (versionId !== null && versionId !== object.versionId) {
    throw new AwsError(
      'NoSuchVersion',
      'The specified version does not exist: older versions are not kept.',
      404,
    );
  }
  const identity = {
    etag: quoted(object.etag),
    'last-modified': new Date(object.lastModifiedMs).toUTCString(),
    'x-amz-version-id': object.versionId,
    'accept-ranges': 'bytes',
  };
  if (isUnchanged(call, object)) {
    response.writeHead(304, identity);
    response.end();
    return;
  }
  const partNumber = query.get('partNumber');
  const range =
    partNumber === null
      ? parseRange(headerOf(request, 'range'), object.size)
      : partRange(object, Number(partNumber));
  const { first, last } = range ?? { first: 0, last: object.size - 1 };
  const wantsChecksum = headerOf(request, 'x-amz-checksum-mode')?.toUpperCase() === 'ENABLED';
  response.writeHead(range === undefined ? 200 : 206, {
    'content-type': 'binary/octet-stream',
    ...object.headers,
    ...identity,
    'content-length': last - first + 1,
    ...(range !== undefined && { 'content-range': `bytes ${first}-${last}/${object.size}` }),
    ...(partNumber !== null && object.isMultipart && { 'x-amz-mp-parts-count': object.segments.length }),
    ...(wantsChecksum && range === undefined && checksumHeaders(object.checksums)),
  });
  if (request.method === 'HEAD') response.end();
  else await sendBytes(bucket, object, { first, last }, response);
};

export { getObject, parseRange, slicesOf };
