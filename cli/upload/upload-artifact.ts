import { HeadObjectCommand, PutObjectCommand, type S3Client } from '@aws-sdk/client-s3';
import { artifactKey } from '../../lib/artifacts/artifact.ts';
import { PermanentError } from '../../lib/errors.ts';
import type { HashedFile } from './local-file.ts';
import { retryUpload, statusOf } from './retry-upload.ts';
import { sendRange } from './send-range.ts';
import { uploadParts } from './upload-parts.ts';
import type { UploadOutcome, UploadTarget } from './upload-target.ts';

const alreadyThere: UploadOutcome = { outcome: 'already-there', sentBytes: 0, resumedBytes: 0 };

const isThere = async (s3: S3Client, bucket: string, key: string): Promise<boolean> => {
  try {
    await s3.send(new HeadObjectCommand({ Bucket: bucket, Key: key }));
    return true;
  } catch (error) {
    if (statusOf(error) === 404) return false;
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
  const { s3, bucket } = target;
  const send = () =>
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
  if (await isThere(target.s3, target.bucket, key)) return alreadyThere;
  if (file.partDigests.length <= 1) return putWhole(target, file, key);
  try {
    return await uploadParts(target, file, key);
  } catch (error) {
    if (statusOf(error) === 412) return alreadyThere;
    return refuseChanged(error, file.path);
  }
};

export { uploadArtifact };
