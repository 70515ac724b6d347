import { PermanentError, TransientError } from '../../errors.ts';
import { compositeChecksum } from '../hash-stream.ts';
import { headObject } from '../s3-store-objects.ts';
import type { StoredObject } from '../store-objects.ts';
import type { HashedFile } from './local-file.ts';
import { statusOf } from './retry-upload.ts';
import type { UploadTarget } from './upload-target.ts';

/** What the store must have computed of this file: its SHA-256 when it is sent whole, else the composite of its parts. */
const checksumOf = ({ artifactId, partDigests }: HashedFile): string =>
  partDigests.length > 1 ? compositeChecksum(partDigests) : Buffer.from(artifactId, 'hex').toString('base64');

/** Refuses what lies under the key unless the store's own word says that it is this file. */
const refuseOther = (stored: StoredObject, file: HashedFile, place: string): void => {
  const expected = checksumOf(file);
  if (stored.bytes === file.bytes && stored.checksumSha256 === expected) return;
  throw new PermanentError(
    `${place} is not ${file.path}: the store has ${stored.bytes} bytes with SHA-256 ${stored.checksumSha256 ?? '(none)'}, the file ${file.bytes} with ${expected}. Remove that object by hand, and the file is sent`,
  );
};

/**
 * Whether the store has this very file. False also when the caller may not see that nothing is there: without the right to list, S3
 * answers 403 for a missing key; then the upload itself finds out.
 * @throws PermanentError when something else lies under the key
 */
const hasCopy = async ({ withS3, bucket }: UploadTarget, file: HashedFile, key: string): Promise<boolean> => {
  try {
    const stored = await withS3((s3) => headObject(s3, bucket, key));
    if (stored === undefined) return false;
    refuseOther(stored, file, `s3://${bucket}/${key}`);
    return true;
  } catch (error) {
    if (statusOf(error) === 403) return false;
    throw error;
  }
};

/**
 * Asks again after the store refused to take the file because something lies under its key already (412).
 * @throws PermanentError when that is something else; TransientError when it cannot be seen
 */
const requireCopy = async (target: UploadTarget, file: HashedFile, key: string): Promise<void> => {
  if (await hasCopy(target, file, key)) return;
  throw new TransientError(
    `s3://${target.bucket}/${key} is taken, but the store does not show by what: nobody knows whether it is ${file.path}; try again`,
  );
};

export { hasCopy, requireCopy };
