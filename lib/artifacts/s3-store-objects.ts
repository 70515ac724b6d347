import { HeadObjectCommand, type S3Client, S3ServiceException } from '@aws-sdk/client-s3';
import { TransientError } from '../errors.ts';
import type { StoreObjects } from './store-objects.ts';

/** Without the right to list, S3 answers 403 for a key that is not there. */
const MISSING_STATUSES: ReadonlySet<number | undefined> = new Set([403, 404]);

/** StoreObjects on S3: HeadObject with the checksum that S3 computed while the bytes came in. */
const createS3StoreObjects = (s3: Pick<S3Client, 'send'>): StoreObjects => ({
  describe: async (bucket, key) => {
    try {
      const head = await s3.send(
        new HeadObjectCommand({ Bucket: bucket, Key: key, ChecksumMode: 'ENABLED' }),
      );
      if (head.ContentLength === undefined) {
        throw new TransientError(`the store did not say how long s3://${bucket}/${key} is; try again`);
      }
      return {
        bytes: head.ContentLength,
        ...(head.ChecksumSHA256 === undefined ? {} : { checksumSha256: head.ChecksumSHA256 }),
      };
    } catch (error) {
      if (error instanceof S3ServiceException && MISSING_STATUSES.has(error.$metadata.httpStatusCode)) {
        return undefined;
      }
      throw error;
    }
  },
});

export { createS3StoreObjects };
