import type { IncomingMessage, ServerResponse } from 'node:http';
import { AwsError } from '../aws-error.ts';
import { headerOf } from '../http-body.ts';
import { element } from '../query-protocol.ts';
import type { BucketStore } from './bucket-store.ts';
import { ALGORITHMS, type ChecksumAlgorithm, checksumElement, checksumHeader } from './checksums.ts';
import type { StoredObject } from './records.ts';

const NAMESPACE = 'http://s3.amazonaws.com/doc/2006-03-01/';

/** What the operations on one object need. */
interface ObjectCall {
  readonly request: IncomingMessage;
  readonly response: ServerResponse;
  readonly query: URLSearchParams;
  readonly bucket: BucketStore;
  readonly bucketName: string;
  readonly key: string;
  readonly nowMs: number;
  readonly newId: () => string;
}

/** Headers of PUT and CreateMultipartUpload that GET gives back. */
const STORED_HEADERS = [
  'content-type',
  'cache-control',
  'content-disposition',
  'content-language',
  'expires',
];

const storedHeadersOf = (request: IncomingMessage): Record<string, string> => {
  const headers: Record<string, string> = {};
  for (const name of Object.keys(request.headers)) {
    const value = headerOf(request, name);
    if (value !== undefined && (STORED_HEADERS.includes(name) || name.startsWith('x-amz-meta-'))) {
      headers[name] = value;
    }
  }
  // `aws-chunked` names the transfer, not the object.
  const encoding = (headerOf(request, 'content-encoding') ?? '')
    .replace(/(^|,\s*)aws-chunked(?=,|$)/, '')
    .replace(/^,\s*/, '');
  if (encoding !== '') headers['content-encoding'] = encoding;
  return headers;
};

/**
 * Holds a write against `If-None-Match: *`.
 * @throws AwsError `PreconditionFailed` (412) when the key exists, `NotImplemented` for any other condition.
 */
const checkWriteCondition = ({ request, bucket, key }: ObjectCall): void => {
  const condition = headerOf(request, 'if-none-match');
  if (headerOf(request, 'if-match') !== undefined || (condition !== undefined && condition !== '*')) {
    throw new AwsError('NotImplemented', 'writes know the condition If-None-Match: * only', 501);
  }
  if (condition === '*' && bucket.objects.has(key)) {
    throw new AwsError(
      'PreconditionFailed',
      'At least one of the pre-conditions you specified did not hold',
      412,
    );
  }
};

const quoted = (etag: string): string => `"${etag}"`;

type Checksums = StoredObject['checksums'];

const isComposite = (value: string): boolean => /-\d+$/.test(value);

const checksumTypeOf = (checksums: Checksums): string | undefined => {
  const [value] = Object.values(checksums);
  return value === undefined ? undefined : isComposite(value) ? 'COMPOSITE' : 'FULL_OBJECT';
};

const forEachChecksum = <T>(
  checksums: Checksums,
  make: (algorithm: ChecksumAlgorithm, value: string) => T,
): T[] =>
  ALGORITHMS.flatMap((algorithm) => {
    const value = checksums[algorithm];
    return value === undefined ? [] : [make(algorithm, value)];
  });

/** `x-amz-checksum-…` headers of an answer. */
const checksumHeaders = (checksums: Checksums): Record<string, string> => {
  const type = checksumTypeOf(checksums);
  return {
    ...Object.fromEntries(
      forEachChecksum(checksums, (algorithm, value) => [checksumHeader(algorithm), value]),
    ),
    ...(type !== undefined && { 'x-amz-checksum-type': type }),
  };
};

/** `<ChecksumSHA256>…` elements of an answer. */
const checksumElements = (checksums: Checksums): string =>
  forEachChecksum(checksums, (algorithm, value) => element(checksumElement(algorithm), value)).join('');

export type { ObjectCall };
export {
  checksumElements,
  checksumHeaders,
  checksumTypeOf,
  checkWriteCondition,
  NAMESPACE,
  quoted,
  storedHeadersOf,
};
