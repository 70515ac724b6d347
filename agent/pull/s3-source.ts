import type { S3Client } from '@aws-sdk/client-s3';
import { CommandFailure } from '../commands/command-failure.ts';
import { describeError } from '../log.ts';
import type { ByteSource } from './byte-source.ts';

/** Status codes that a repeat cannot mend, as the failure that they mean. */
const refusalOf = (status: number | undefined, place: string, error: unknown): CommandFailure | undefined => {
  const why = describeError(error);
  switch (status) {
    case 404:
      return new CommandFailure('not-found', `${place} is not in the store: ${why}`, { cause: error });
    case 401:
    case 403:
      return new CommandFailure(
        'store-refused',
        `the store refused ${place} (a missing object answers so too, when the node may not list): ${why}`,
        { cause: error },
      );
    case 416:
      return new CommandFailure('checksum-mismatch', `${place} is shorter than the artifact: ${why}`, {
        cause: error,
      });
    default:
      return undefined;
  }
};

const statusOf = (error: unknown): number | undefined => {
  if (!(error instanceof Error) || !('$metadata' in error)) return undefined;
  const metadata: unknown = error.$metadata;
  if (typeof metadata !== 'object' || metadata === null || !('httpStatusCode' in metadata)) return undefined;
  return typeof metadata.httpStatusCode === 'number' ? metadata.httpStatusCode : undefined;
};

const isChunked = (body: unknown): body is AsyncIterable<Uint8Array> =>
  typeof body === 'object' && body !== null && Symbol.asyncIterator in body;

interface ObjectPlace {
  readonly bucket: string;
  readonly key: string;
  /** The artifact's size: an object of another size is another file. */
  readonly totalBytes: number;
}

/** Runs a call with the current client, once more with fresh credentials when the store says they are stale. */
type WithS3 = <T>(call: (client: S3Client) => Promise<T>) => Promise<T>;

/** An object in the store, read in ranges. */
const s3Source = (withS3: WithS3, { bucket, key, totalBytes }: ObjectPlace): ByteSource => {
  const place = `s3://${bucket}/${key}`;
  return {
    isRemote: true,
    open: async (start, end, signal) => {
      const { GetObjectCommand } = await import('@aws-sdk/client-s3');
      const range = `bytes=${start}-${end - 1}`;
      const response = await withS3(async (client) => {
        try {
          return await client.send(new GetObjectCommand({ Bucket: bucket, Key: key, Range: range }), {
            abortSignal: signal,
          });
        } catch (error) {
          throw refusalOf(statusOf(error), `${place} (${range})`, error) ?? error;
        }
      });
      const size = Number(response.ContentRange?.split('/')[1]);
      if (size !== totalBytes) {
        throw new CommandFailure(
          'checksum-mismatch',
          `${place} has ${size} bytes, the artifact has ${totalBytes}: the object is not the artifact`,
        );
      }
      const body: unknown = response.Body;
      if (!isChunked(body)) throw new CommandFailure('store-refused', `${place} came without a body`);
      return body;
    },
  };
};

export type { WithS3 };
export { s3Source, statusOf };
