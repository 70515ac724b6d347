import { HeadObjectCommand, type S3Client, S3ServiceException } from '@aws-sdk/client-s3';
import { TransientError } from '../errors.ts';
import type { StoredObject, StoreObjects } from './store-objects.ts';

const refusedWith = (status: number, error: unknown): boolean =>
  error instanceof S3ServiceException && error.$metadata.httpStatusCode === status;

/**
 * What S3 has under the key, with the checksum that it computed while the bytes came in; undefined when it has nothing.
 * @throws what S3 answers else. 403 is no word on the object: S3 also hides so what is missing from those who may not list
 */
const headObject = async (
  s3: Pick<S3Client, 'send'>,
  bucket: string,
  key: string,
): Promise<StoredObject | undefined> => {
  try {
    const head = await s3.send(new HeadObjectCommand({ Bucket: bucket, Key: key, ChecksumMode: 'ENABLED' }));
    if (head.ContentLength === undefined) {
      throw new TransientError(`the store did not say how long s3://${bucket}/${key} is; try again`);
    }
    return {
      bytes: head.ContentLength,
      ...(head.ChecksumSHA256 === undefined ? {} : { checksumSha256: head.ChecksumSHA256 }),
    };
  } catch (error) {
    if (refusedWith(404, error)) return undefined;
    throw error;
  }
};

/** StoreObjects on S3, for callers who may read and list. */
const createS3StoreObjects = (s3: Pick<S3Client, 'send'>): StoreObjects => ({
  describe: async (bucket, key) => {
    try {
      return await headObject(s3, bucket, key);
    } catch (error) {
      if (!refusedWith(403, error)) throw error;
      throw new TransientError(
        `the store does not let this caller see s3://${bucket}/${key}, so nobody knows whether it is there: the caller needs s3:GetObject on the object and s3:ListBucket on the bucket`,
        { cause: error },
      );
    }
  },
});

export { createS3StoreObjects, headObject };
