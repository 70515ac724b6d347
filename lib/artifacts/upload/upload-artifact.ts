import { PutObjectCommand } from '@aws-sdk/client-s3';
import { artifactKey } from '../artifact.ts';
import { FileChangedError } from './file-changed-error.ts';
import type { HashedFile } from './local-file.ts';
import { retryUpload, statusOf } from './retry-upload.ts';
import { sendRange } from './send-range.ts';
import { hasCopy, requireCopy } from './stored-copy.ts';
import { uploadParts } from './upload-parts.ts';
import type { UploadOutcome, UploadTarget } from './upload-target.ts';

const alreadyThere: UploadOutcome = { outcome: 'already-there', sentBytes: 0, resumedBytes: 0 };

/** What the store says when the bytes are not those that were hashed. */
const changedNames = new Set(['BadDigest', 'InvalidDigest', 'XAmzContentChecksumMismatch']);

const refuseChanged = (error: unknown, path: string): never => {
  if (error instanceof Error && changedNames.has(error.name))
    throw new FileChangedError(
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
  await retryUpload(`the upload of ${file.path}`, send, target);
  return { outcome: 'uploaded', sentBytes: file.bytes, resumedBytes: 0 };
};

/**
 * Brings the file into the store under its SHA-256, unless it is there. The store checks every byte against the
 * digests of the hash pass, so that a file that changes meanwhile is refused; of what is there already its own checksum must agree.
 * @throws FileChangedError when the file changed; PermanentError when something else lies under the key; TransientError when the store
 * kept failing, or does not show what lies there
 */
const uploadArtifact = async (target: UploadTarget, file: HashedFile): Promise<UploadOutcome> => {
  const key = artifactKey(file.artifactId);
  if (await hasCopy(target, file, key)) return alreadyThere;
  try {
    return await (file.partDigests.length <= 1 ? putWhole : uploadParts)(target, file, key);
  } catch (error) {
    if (statusOf(error) !== 412) return refuseChanged(error, file.path);
    // Somebody else was faster, or it could not be seen before.
    await requireCopy(target, file, key);
    return alreadyThere;
  }
};

export { uploadArtifact };
