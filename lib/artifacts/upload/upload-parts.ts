import {
  AbortMultipartUploadCommand,
  CompleteMultipartUploadCommand,
  CreateMultipartUploadCommand,
  ListPartsCommand,
  UploadPartCommand,
} from '@aws-sdk/client-s3';
import { TransientError } from '../../errors.ts';
import { runLimited } from '../../run-limited.ts';
import type { HashedFile } from './local-file.ts';
import { retryUpload, statusOf } from './retry-upload.ts';
import { sendRange } from './send-range.ts';
import { readUploadState, removeUploadState, writeUploadState } from './upload-state.ts';
import type { UploadOutcome, UploadTarget } from './upload-target.ts';

/** Parts that travel at once. */
const CONCURRENT_PARTS = 4;

interface Part {
  readonly partNumber: number;
  readonly start: number;
  readonly end: number;
  readonly digest: string;
}

interface UploadedPart {
  readonly etag: string;
  readonly digest: string;
}

const partsOf = (file: HashedFile): Part[] =>
  file.partDigests.map((digest, index) => ({
    partNumber: index + 1,
    start: index * file.partBytes,
    end: Math.min(file.bytes, (index + 1) * file.partBytes),
    digest,
  }));

/** The parts that the store has, by number; undefined when the upload is gone (completed, aborted or too old). */
const listParts = async (
  { withS3, bucket }: UploadTarget,
  key: string,
  uploadId: string,
): Promise<Map<number, UploadedPart> | undefined> => {
  const parts = new Map<number, UploadedPart>();
  try {
    // By hand: S3 gives a marker with the last page too, and the SDK's paginator would follow it for ever.
    for (let marker: string | undefined, more = true; more; ) {
      const command = new ListPartsCommand({
        Bucket: bucket,
        Key: key,
        UploadId: uploadId,
        ...(marker !== undefined && { PartNumberMarker: marker }),
      });
      const page = await withS3((s3) => s3.send(command));
      for (const { PartNumber, ETag, ChecksumSHA256 } of page.Parts ?? [])
        if (PartNumber !== undefined && ETag && ChecksumSHA256)
          parts.set(PartNumber, { etag: ETag, digest: ChecksumSHA256 });
      marker = page.NextPartNumberMarker;
      more = page.IsTruncated === true && marker !== undefined;
    }
    return parts;
  } catch (error) {
    if (statusOf(error) === 404) return undefined;
    throw error;
  }
};

/** Goes on with the upload that an earlier run began, when the store still has it; else begins one. */
const beginUpload = async (
  target: UploadTarget,
  file: HashedFile,
  key: string,
): Promise<{ uploadId: string; present: Map<number, UploadedPart> }> => {
  const { withS3, bucket, stateFolder } = target;
  const state = await readUploadState(stateFolder, bucket, file.artifactId);
  if (state?.key === key && state.partBytes === file.partBytes) {
    const present = await listParts(target, key, state.uploadId);
    if (present) return { uploadId: state.uploadId, present };
  }
  const command = new CreateMultipartUploadCommand({
    Bucket: bucket,
    Key: key,
    ChecksumAlgorithm: 'SHA256',
    ChecksumType: 'COMPOSITE',
  });
  const { UploadId } = await withS3((s3) => s3.send(command));
  if (!UploadId) throw new TransientError(`the store began no upload for ${key}: try again`);
  await writeUploadState(stateFolder, file.artifactId, {
    bucket,
    key,
    uploadId: UploadId,
    partBytes: file.partBytes,
  });
  return { uploadId: UploadId, present: new Map() };
};

const sendPart = async (
  target: UploadTarget,
  file: HashedFile,
  upload: { key: string; uploadId: string },
  part: Part,
): Promise<UploadedPart> => {
  const { withS3, bucket } = target;
  const send = () =>
    withS3((s3) =>
      sendRange(file.path, part, target, (Body, abortSignal) =>
        s3.send(
          new UploadPartCommand({
            Bucket: bucket,
            Key: upload.key,
            UploadId: upload.uploadId,
            PartNumber: part.partNumber,
            Body,
            ContentLength: part.end - part.start,
            ChecksumSHA256: part.digest,
          }),
          { abortSignal },
        ),
      ),
    );
  const { ETag } = await retryUpload(`part ${part.partNumber} of ${file.partDigests.length}`, send, target);
  if (!ETag) throw new TransientError(`the store took part ${part.partNumber} without an ETag: try again`);
  return { etag: ETag, digest: part.digest };
};

const complete = async (
  target: UploadTarget,
  upload: { key: string; uploadId: string },
  uploaded: ReadonlyMap<number, UploadedPart>,
): Promise<void> => {
  const { withS3, bucket } = target;
  const Parts = [...uploaded]
    .sort(([a], [b]) => a - b)
    .map(([PartNumber, { etag, digest }]) => ({ PartNumber, ETag: etag, ChecksumSHA256: digest }));
  try {
    const command = new CompleteMultipartUploadCommand({
      Bucket: bucket,
      Key: upload.key,
      UploadId: upload.uploadId,
      IfNoneMatch: '*',
      MultipartUpload: { Parts },
    });
    await withS3((s3) => s3.send(command));
  } catch (error) {
    if (statusOf(error) === 412) await abort(target, upload);
    throw error;
  }
};

/** Somebody else was faster: our parts are no longer needed. A node may not take anything away; the bucket does so after 2 days. */
const abort = async (
  { withS3, bucket }: UploadTarget,
  { key, uploadId }: { key: string; uploadId: string },
): Promise<void> => {
  try {
    const command = new AbortMultipartUploadCommand({ Bucket: bucket, Key: key, UploadId: uploadId });
    await withS3((s3) => s3.send(command));
  } catch (error) {
    if (statusOf(error) !== 403) throw error;
  }
};

/**
 * Sends the parts that the store does not have yet and puts them together. Stopped in between, everything stays for
 * the next run (the bucket drops it after 2 days).
 */
const uploadParts = async (target: UploadTarget, file: HashedFile, key: string): Promise<UploadOutcome> => {
  const parts = partsOf(file);
  const { uploadId, present } = await beginUpload(target, file, key);
  const upload = { key, uploadId };
  const uploaded = new Map<number, UploadedPart>();
  let resumedBytes = 0;
  for (const { partNumber, digest, start, end } of parts) {
    const there = present.get(partNumber);
    if (there?.digest !== digest) continue;
    uploaded.set(partNumber, there);
    resumedBytes += end - start;
  }
  target.onBytes(resumedBytes);
  const missing = parts.filter(({ partNumber }) => !uploaded.has(partNumber));
  let failed = false;
  const [firstError] = await runLimited(missing, CONCURRENT_PARTS, async (part) => {
    // After the first failure nothing new begins; what runs may finish and is kept.
    if (failed) return;
    try {
      uploaded.set(part.partNumber, await sendPart(target, file, upload, part));
    } catch (error) {
      failed = true;
      throw error;
    }
  });
  if (firstError !== undefined) throw firstError;
  try {
    await complete(target, upload, uploaded);
  } catch (error) {
    if (statusOf(error) === 412) await removeUploadState(target.stateFolder, target.bucket, file.artifactId);
    throw error;
  }
  await removeUploadState(target.stateFolder, target.bucket, file.artifactId);
  return { outcome: 'uploaded', sentBytes: file.bytes - resumedBytes, resumedBytes };
};

export { uploadParts };
