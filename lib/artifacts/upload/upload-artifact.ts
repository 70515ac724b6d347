import { HeadObjectCommand, PutObjectCommand } from '@aws-sdk/client-s3';
import { PermanentError } from '../../errors.ts';
import { artifactKey } from '../artifact.ts';
import type { HashedFile } from './local-file.ts';
import { retryUpload, statusOf } from './retry-upload.ts';
import { sendRange } from './send-range.ts';
import { uploadParts } from './upload-parts.ts';
import type { UploadOutcome, UploadTarget } from './upload-target.ts';

const alreadyThere: UploadOutcome = { outcome: 'already-there', sentBytes: 0, resumedBytes: 0 };

/** Without the right to list, S3 answers 403 for a key that is not there; then the upload itself finds out. */
const MISSING_STATUSES: ReadonlySet<number | undefined> = new Set([403, 404]);

const isThere = async ({ withS3, bucket }: UploadTarget, key: string): Promise<boolean> => {
  try {
    await withS3((s3) => s3.send(new HeadObjectCommand({ Bucket: bucket, Key: key })));
    return true;
  } catch (error) {
    if (MISSING_STATUSES.has(statusOf(error))) return false;
    throw error;
  }
};

/** What the store says when the bytes are not those that were hashed. */
const changedNames = new Set(['BadDigest', 'InvalidDigest', 'XAmzContentChecksumMismatch']);

const refuseChanged = (error: unknown, path: string): never => {
  if (error instanceof Error && changedNames.has(error.name))
    throw new PermanentError(
      `the store refused ${path}: the bytes that arrived are not those that were hashed. Is somebody writing to the file? Publish it again when it is complete`,
      { cause: error },
    );
  throw error;
};

const putWhole = async (target: UploadTarget, file: HashedFile, key: string): Promise<UploadOutcome> => {
  const { withS3, bucket } = target;
  const send = () =>
    withS3((s3) =>
      sendRange(file.path, { start: 0, end: file.bytes }, target, (Body, abortSignal) =>
        s3.send(
          new PutObjectCommand({
            Bucket: bucket,
            Key: key,
            Body,
            ContentLength: file.bytes,
            ChecksumSHA256: Buffer.from(file.artifactId, 'hex').toString('base64'),
            IfNoneMatch: '*',
          }),
          { abortSignal },
        ),
      ),
    );
  try {
    await retryUpload(`the upload of ${file.path}`, send, target);
    return { outcome: 'uploaded', sentBytes: file.bytes, resumedBytes: 0 };
  } catch (error) {
    if (statusOf(error) === 412) return alreadyThere;
    return refuseChanged(error, file.path);
  }
};

/**
 * Brings the file into the store under its SHA-256, unless it is there. The store checks every byte against the
 * digests of the hash pass, so that a file that changes meanwhile is refused.
 * @throws PermanentError when the file changed; TransientError when the store kept failing
 */
const uploadArtifact = async (target: UploadTarget, file: HashedFile): Promise<UploadOutcome> => {
  const key = artifactKey(file.artifactId);
  if (await isThere(target, key)) return alreadyThere;
  if (file.partDigests.length <= 1) return putWhole(target, file, key);
  try {
    return await uploadParts(target, file, key);
  } catch (error) {
    if (statusOf(error) === 412) return alreadyThere;
    return refuseChanged(error, file.path);
  }
};

export { uploadArtifact };
