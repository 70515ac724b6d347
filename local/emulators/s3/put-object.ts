import { AwsError } from '../aws-error.ts';
import { headerOf } from '../http-body.ts';
import { receiveBytes } from './receive-bytes.ts';
import { checksumHeaders, checkWriteCondition, type ObjectCall, quoted, storedHeadersOf } from './request.ts';

/** S3's own limit of a single PUT. */
const MAX_PUT_BYTES = 5 * 1024 ** 3;

/**
 * PutObject. The condition is checked before the bytes come, to spare them, and again when they are there: of two
 * writers with `If-None-Match: *` exactly one wins.
 */
const putObject = async (call: ObjectCall): Promise<void> => {
  const { request, response, bucket, key, nowMs, newId } = call;
  if (headerOf(request, 'x-amz-copy-source') !== undefined) {
    throw new AwsError('NotImplemented', 'CopyObject is not emulated', 501);
  }
  checkWriteCondition(call);
  const { file, path } = bucket.newBlob();
  const received = await receiveBytes(request, path);
  try {
    if (received.size > MAX_PUT_BYTES) {
      throw new AwsError('EntityTooLarge', 'Your proposed upload exceeds the maximum allowed size: 5 GiB.');
    }
    checkWriteCondition(call);
  } catch (error) {
    bucket.discardBlob(file);
    throw error;
  }
  const versionId = newId();
  const { size, md5, checksums } = received;
  bucket.putObject({
    key,
    versionId,
    etag: md5,
    size,
    lastModifiedMs: nowMs,
    headers: storedHeadersOf(request),
    segments: [{ file, size, partNumber: 1, checksums }],
    isMultipart: false,
    checksums,
  });
  response.writeHead(200, {
    etag: quoted(md5),
    'x-amz-version-id': versionId,
    ...checksumHeaders(checksums),
    'content-length': 0,
  });
  response.end();
};

export { putObject };
