import { AwsError } from '../aws-error.ts';
import { headerOf } from '../http-body.ts';
import { element, sendXml } from '../query-protocol.ts';
import { checksumAlgorithmSchema } from './checksums.ts';
import { announcedAlgorithms, receiveBytes } from './receive-bytes.ts';
import type { Upload, UploadPart } from './records.ts';
import {
  checksumElements,
  checksumHeaders,
  NAMESPACE,
  type ObjectCall,
  quoted,
  storedHeadersOf,
} from './request.ts';

const MAX_PARTS = 10_000;

const requireUpload = ({ bucket, key, query }: ObjectCall): Upload => {
  const upload = bucket.uploads.get(query.get('uploadId') ?? '');
  if (upload === undefined || upload.key !== key) {
    throw new AwsError(
      'NoSuchUpload',
      'The specified upload does not exist. The upload ID may be invalid, or the upload may have been aborted or completed.',
      404,
    );
  }
  return upload;
};

const createUpload = ({ request, response, bucket, bucketName, key, nowMs, newId }: ObjectCall): void => {
  const wanted = checksumAlgorithmSchema.safeParse(headerOf(request, 'x-amz-checksum-algorithm'));
  const isFullObject = headerOf(request, 'x-amz-checksum-type') === 'FULL_OBJECT';
  const uploadId = newId();
  bucket.putUpload({
    uploadId,
    key,
    initiatedMs: nowMs,
    headers: storedHeadersOf(request),
    // A full-object CRC of a multipart upload is not computed: the object has no checksum then.
    ...(wanted.success && !isFullObject && { checksumAlgorithm: wanted.data }),
    parts: [],
  });
  if (wanted.success && !isFullObject) {
    response.setHeader('x-amz-checksum-algorithm', wanted.data);
    response.setHeader('x-amz-checksum-type', 'COMPOSITE');
  }
  sendXml(
    response,
    `<InitiateMultipartUploadResult xmlns="${NAMESPACE}">${element('Bucket', bucketName)}${element('Key', key)}` +
      `${element('UploadId', uploadId)}</InitiateMultipartUploadResult>`,
  );
};

const uploadPart = async (call: ObjectCall): Promise<void> => {
  const { request, response, bucket, query, nowMs } = call;
  const { uploadId, checksumAlgorithm } = requireUpload(call);
  const partNumber = Number(query.get('partNumber'));
  if (!Number.isInteger(partNumber) || partNumber < 1 || partNumber > MAX_PARTS) {
    throw new AwsError(
      'InvalidArgument',
      `Part number must be an integer between 1 and ${MAX_PARTS}, inclusive`,
    );
  }
  if (checksumAlgorithm !== undefined && !announcedAlgorithms(request).includes(checksumAlgorithm)) {
    throw new AwsError(
      'InvalidRequest',
      `Checksum Type mismatch occurred, expected checksum Type: ${checksumAlgorithm.toLowerCase()}: send it with every part`,
    );
  }
  const { file, path } = bucket.newBlob();
  const { size, md5, checksums } = await receiveBytes(request, path);
  // Read again: other parts came meanwhile, or the upload was aborted.
  const upload = bucket.uploads.get(uploadId);
  if (upload === undefined) {
    bucket.discardBlob(file);
    requireUpload(call);
    return;
  }
  const replaced = upload.parts.find((part) => part.partNumber === partNumber);
  const part: UploadPart = { file, size, partNumber, checksums, etag: md5, lastModifiedMs: nowMs };
  const parts = [...upload.parts.filter((other) => other !== replaced), part].sort(
    (left, right) => left.partNumber - right.partNumber,
  );
  bucket.putUpload({ ...upload, parts });
  if (replaced !== undefined) bucket.discardBlob(replaced.file);
  const { 'x-amz-checksum-type': _type, ...headers } = checksumHeaders(checksums);
  response.writeHead(200, { etag: quoted(md5), ...headers, 'content-length': 0 });
  response.end();
};

const listParts = (call: ObjectCall): void => {
  const { response, bucketName, key, query } = call;
  const upload = requireUpload(call);
  const marker = Number(query.get('part-number-marker') ?? 0);
  const maxParts = Math.min(Number(query.get('max-parts') ?? 1000), 1000);
  const rest = upload.parts.filter(({ partNumber }) => partNumber > marker);
  const page = rest.slice(0, maxParts);
  sendXml(
    response,
    `<ListPartsResult xmlns="${NAMESPACE}">${element('Bucket', bucketName)}${element('Key', key)}` +
      element('UploadId', upload.uploadId) +
      element('PartNumberMarker', marker) +
      element('NextPartNumberMarker', page.at(-1)?.partNumber ?? marker) +
      element('MaxParts', maxParts) +
      element('IsTruncated', String(rest.length > page.length)) +
      (upload.checksumAlgorithm === undefined
        ? ''
        : element('ChecksumAlgorithm', upload.checksumAlgorithm) + element('ChecksumType', 'COMPOSITE')) +
      page
        .map(
          (part) =>
            `<Part>${element('PartNumber', part.partNumber)}${element('ETag', quoted(part.etag))}` +
            `${element('Size', part.size)}${element('LastModified', new Date(part.lastModifiedMs).toISOString())}` +
            `${checksumElements(part.checksums)}</Part>`,
        )
        .join('') +
      '</ListPartsResult>',
  );
};

const abortUpload = (call: ObjectCall): void => {
  const upload = requireUpload(call);
  call.bucket.forgetUpload(upload.uploadId);
  for (const { file } of upload.parts) call.bucket.discardBlob(file);
  call.response.writeHead(204);
  call.response.end();
};

export { abortUpload, createUpload, listParts, requireUpload, uploadPart };
