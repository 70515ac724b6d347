import { createHash } from 'node:crypto';
import { AwsError } from '../aws-error.ts';
import { headerOf, readBody } from '../http-body.ts';
import { element, sendXml } from '../query-protocol.ts';
import { ALGORITHMS, checksumElement, checksumHeader, compositeChecksum } from './checksums.ts';
import { requireUpload } from './multipart.ts';
import type { StoredObject, Upload, UploadPart } from './records.ts';
import {
  checksumElements,
  checksumTypeOf,
  checkWriteCondition,
  NAMESPACE,
  type ObjectCall,
  quoted,
} from './request.ts';

/** Every part but the last. */
const MIN_PART_BYTES = 5 * 1024 * 1024;

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

export { completeUpload };
