import { createHash } from 'node:crypto';
import { AwsError } from '../aws-error.ts';
import { headerOf, readBody } from '../http-body.ts';
import { element, sendXml } from '../query-protocol.ts';
import {
  ALGORITHMS,
  checksumAlgorithmSchema,
  checksumElement,
  checksumHeader,
  compositeChecksum,
} from './checksums.ts';
import { announcedAlgorithms, receiveBytes } from './receive-bytes.ts';
import type { StoredObject, Upload, UploadPart } from './records.ts';
import {
  checksumElements,
  checksumHeaders,
  checksumTypeOf,
  checkWriteCondition,
  type ObjectCall,
  quoted,
  storedHeadersOf,
} from './request.ts';

const NAMESPACE = 'http://s3.amazonaws.com/doc/2006-03-01/';
const MAX_PARTS = 10_000;
/** Every part but the last. */
const MIN_PART_BYTES = 5 * 1024 * 1024;

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

const textOf = (xml: string, name: string): string | undefined =>
  new RegExp(`<${name}>([^<]*)</${name}>`).exec(xml)?.[1]?.replaceAll('&quot;', '"').replaceAll('&#34;', '"');

/** The upload's parts that the request names, in its order. @throws AwsError as S3 does */
const chosenParts = (upload: Upload, xml: string): UploadPart[] => {
  const chosen = [...xml.matchAll(/<Part>(.*?)<\/Part>/gs)].map(([, part = '']) => {
    const partNumber = Number(textOf(part, 'PartNumber'));
    const etag = textOf(part, 'ETag')?.replaceAll('"', '');
    const found = upload.parts.find((candidate) => candidate.partNumber === partNumber);
    const agrees =
      found !== undefined &&
      found.etag === etag &&
      ALGORITHMS.every((algorithm) => {
        const claimed = textOf(part, checksumElement(algorithm));
        if (claimed === undefined && algorithm === upload.checksumAlgorithm) {
          throw new AwsError(
            'InvalidRequest',
            `The upload was created using a ${algorithm} checksum. The complete request must include the checksum for each part. It was missing for part ${partNumber} in the request.`,
          );
        }
        return claimed === undefined || claimed === found.checksums[algorithm];
      });
    if (!agrees) {
      throw new AwsError(
        'InvalidPart',
        `Part ${partNumber} could not be found: it was not uploaded, or its ETag or checksum is another one.`,
      );
    }
    return found;
  });
  if (chosen.length === 0) throw new AwsError('MalformedXML', 'The XML you provided names no part');
  for (const [index, part] of chosen.entries()) {
    const next = chosen[index + 1];
    if (next === undefined) continue;
    if (next.partNumber <= part.partNumber) {
      throw new AwsError('InvalidPartOrder', 'The list of parts was not in ascending order.');
    }
    if (part.size < MIN_PART_BYTES) {
      throw new AwsError('EntityTooSmall', 'Your proposed upload is smaller than the minimum allowed size');
    }
  }
  return chosen;
};

const sendCompleted = ({ response, bucketName, key }: ObjectCall, object: StoredObject): void => {
  const type = checksumTypeOf(object.checksums);
  response.setHeader('x-amz-version-id', object.versionId);
  sendXml(
    response,
    `<CompleteMultipartUploadResult xmlns="${NAMESPACE}">${element('Location', `/${bucketName}/${key}`)}` +
      `${element('Bucket', bucketName)}${element('Key', key)}${element('ETag', quoted(object.etag))}` +
      checksumElements(object.checksums) +
      `${type === undefined ? '' : element('ChecksumType', type)}</CompleteMultipartUploadResult>`,
  );
};

/** The object keeps the parts' files: completing writes one record, whatever the size. */
const completeUpload = async (call: ObjectCall): Promise<void> => {
  const { request, bucket, key, query, nowMs, newId } = call;
  const body = (await readBody(request)).toString('utf8');
  const existing = bucket.objects.get(key);
  if (existing?.uploadId !== undefined && existing.uploadId === query.get('uploadId')) {
    sendCompleted(call, existing);
    return;
  }
  const upload = requireUpload(call);
  const parts = chosenParts(upload, body);
  const algorithm = upload.checksumAlgorithm;
  const checksums =
    algorithm === undefined
      ? {}
      : {
          [algorithm]: compositeChecksum(
            algorithm,
            parts.map((part) => part.checksums[algorithm] ?? ''),
          ),
        };
  const claimed = algorithm && headerOf(request, checksumHeader(algorithm));
  // The composite may come with or without its number of parts.
  if (
    claimed !== undefined &&
    ![claimed, `${claimed}-${parts.length}`].includes(Object.values(checksums)[0] ?? '')
  ) {
    throw new AwsError('BadDigest', `The ${algorithm} you specified did not match the calculated checksum.`);
  }
  checkWriteCondition(call);
  const md5 = createHash('md5');
  for (const { etag } of parts) md5.update(Buffer.from(etag, 'hex'));
  const object: StoredObject = {
    key,
    versionId: newId(),
    etag: `${md5.digest('hex')}-${parts.length}`,
    size: parts.reduce((total, { size }) => total + size, 0),
    lastModifiedMs: nowMs,
    headers: upload.headers,
    segments: parts.map(({ file, size, partNumber, checksums: own }) => ({
      file,
      size,
      partNumber,
      checksums: own,
    })),
    isMultipart: true,
    uploadId: upload.uploadId,
    checksums,
  };
  bucket.putObject(object);
  bucket.forgetUpload(upload.uploadId);
  for (const part of upload.parts) if (!parts.includes(part)) bucket.discardBlob(part.file);
  sendCompleted(call, object);
};

const abortUpload = (call: ObjectCall): void => {
  const upload = requireUpload(call);
  call.bucket.forgetUpload(upload.uploadId);
  for (const { file } of upload.parts) call.bucket.discardBlob(file);
  call.response.writeHead(204);
  call.response.end();
};

export { abortUpload, completeUpload, createUpload, listParts, NAMESPACE, uploadPart };
