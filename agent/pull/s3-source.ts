import type { S3Client } from '@aws-sdk/client-s3';
import { CommandFailure } from '../commands/command-failure.ts';
import type { ByteSource } from './byte-source.ts';
import { HttpStatusError, ObjectSizeError, openRange } from './http-range.ts';
import { signGet } from './sign-get.ts';

/** Answers that a repeat cannot mend, as the failure that they mean; everything else as it is. */
const toFailure = (error: unknown, place: string): unknown => {
  if (error instanceof ObjectSizeError) {
    return new CommandFailure('checksum-mismatch', `${place} is not the artifact: ${error.message}`, {
      cause: error,
    });
  }
  if (!(error instanceof HttpStatusError)) return error;
  switch (error.status) {
    case 404:
      return new CommandFailure('not-found', `${place} is not in the store`, { cause: error });
    case 401:
    case 403:
      return new CommandFailure(
        'store-refused',
        `the store refused ${place} (a missing object answers so too, when the node may not list): ${error.message}`,
        { cause: error },
      );
    case 416:
      return new CommandFailure('checksum-mismatch', `${place} is shorter than the artifact`, {
        cause: error,
      });
    default:
      return error;
  }
};

interface ObjectPlace {
  readonly bucket: string;
  readonly key: string;
  /** The artifact's size: an object of another size is another file. */
  readonly totalBytes: number;
  readonly idleSeconds: number;
}

/** Runs a call with the current client, once more with fresh credentials when the store says they are stale. */
type WithS3 = <T>(call: (client: S3Client) => Promise<T>) => Promise<T>;

/** An object in the store, read in ranges. */
const s3Source = (withS3: WithS3, { bucket, key, totalBytes, idleSeconds }: ObjectPlace): ByteSource => {
  const place = `s3://${bucket}/${key}`;
  return {
    isRemote: true,
    open: async (start, end, options) => {
      const range = `bytes=${start}-${end - 1}`;
      try {
        return await withS3(async (client) =>
          openRange(await signGet(client, { bucket, key, range }), {
            bytes: end - start,
            totalBytes,
            idleSeconds,
            ...options,
          }),
        );
      } catch (error) {
        throw toFailure(error, place);
      }
    },
  };
};

export type { WithS3 };
export { s3Source };
