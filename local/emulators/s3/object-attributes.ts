import { headerOf } from '../http-body.ts';
import { element, sendXml } from '../query-protocol.ts';
import type { StoredObject } from './records.ts';
import { checksumElements, checksumTypeOf, NAMESPACE, type ObjectCall } from './request.ts';

/** Unlike HeadObject and CompleteMultipartUpload, this operation gives a composite without its `-<parts>`. */
const withoutPartCount = (checksums: StoredObject['checksums']): StoredObject['checksums'] =>
  Object.fromEntries(Object.entries(checksums).map(([name, value]) => [name, value.replace(/-\d+$/, '')]));

/** Only parts with a checksum are listed, as on S3. */
const partsXml = ({ segments, isMultipart }: StoredObject): string => {
  if (!isMultipart) return '';
  const parts = segments
    .filter(({ checksums }) => Object.keys(checksums).length > 0)
    .map(
      ({ partNumber, size, checksums }) =>
        `<Part>${element('PartNumber', partNumber)}${element('Size', size)}${checksumElements(checksums)}</Part>`,
    );
  return (
    `<ObjectParts>${element('PartsCount', segments.length)}${element('PartNumberMarker', 0)}` +
    `${element('NextPartNumberMarker', segments.at(-1)?.partNumber ?? 0)}${element('MaxParts', 10_000)}` +
    `${element('IsTruncated', 'false')}${parts.join('')}</ObjectParts>`
  );
};

/** GetObjectAttributes; the list of parts comes as one page. */
const getObjectAttributes = ({ request, response }: ObjectCall, object: StoredObject): void => {
  const wanted = (headerOf(request, 'x-amz-object-attributes') ?? '').split(',').map((name) => name.trim());
  const type = checksumTypeOf(object.checksums);
  const fields: Readonly<Record<string, string>> = {
    ETag: element('ETag', object.etag),
    Checksum:
      type === undefined
        ? ''
        : `<Checksum>${checksumElements(withoutPartCount(object.checksums))}${element('ChecksumType', type)}</Checksum>`,
    ObjectParts: partsXml(object),
    StorageClass: element('StorageClass', 'STANDARD'),
    ObjectSize: element('ObjectSize', object.size),
  };
  response.setHeader('last-modified', new Date(object.lastModifiedMs).toUTCString());
  response.setHeader('x-amz-version-id', object.versionId);
  sendXml(
    response,
    `<GetObjectAttributesResponse xmlns="${NAMESPACE}">` +
      `${wanted.map((name) => fields[name] ?? '').join('')}</GetObjectAttributesResponse>`,
  );
};

export { getObjectAttributes };
