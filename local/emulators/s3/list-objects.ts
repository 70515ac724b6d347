import type { ServerResponse } from 'node:http';
import { element, sendXml } from '../query-protocol.ts';
import type { BucketStore } from './bucket-store.ts';
import { NAMESPACE, quoted } from './request.ts';

const byUtf8 = (left: string, right: string): number => Buffer.compare(Buffer.from(left), Buffer.from(right));

/** A key, or a common prefix that stands for all keys under it. */
type Entry = { readonly key: string } | { readonly prefix: string };

const nameOf = (entry: Entry): string => ('key' in entry ? entry.key : entry.prefix);

const entriesOf = (keys: readonly string[], prefix: string, delimiter: string): Entry[] => {
  const entries: Entry[] = [];
  for (const key of keys) {
    const end = delimiter === '' ? -1 : key.indexOf(delimiter, prefix.length);
    if (end === -1) entries.push({ key });
    else {
      const common = key.slice(0, end + delimiter.length);
      const last = entries.at(-1);
      if (last === undefined || nameOf(last) !== common) entries.push({ prefix: common });
    }
  }
  return entries;
};

/** ListObjectsV2, in UTF-8 order; the continuation token is the last name of the page before. */
const listObjects = (
  response: ServerResponse,
  bucket: BucketStore,
  bucketName: string,
  query: URLSearchParams,
): void => {
  const prefix = query.get('prefix') ?? '';
  const delimiter = query.get('delimiter') ?? '';
  const maxKeys = Math.min(Number(query.get('max-keys') ?? 1000), 1000);
  const token = query.get('continuation-token');
  const after =
    token === null ? (query.get('start-after') ?? '') : Buffer.from(token, 'base64url').toString('utf8');
  const encode = query.get('encoding-type') === 'url' ? encodeURIComponent : (text: string) => text;
  const keys = [...bucket.objects.keys()].filter((key) => key.startsWith(prefix)).sort(byUtf8);
  const rest = entriesOf(keys, prefix, delimiter).filter((entry) => byUtf8(nameOf(entry), after) > 0);
  const page = rest.slice(0, maxKeys);
  const last = page.at(-1);
  const isTruncated = rest.length > page.length && last !== undefined;

  const contents = page.flatMap((entry) => {
    const object = 'key' in entry ? bucket.objects.get(entry.key) : undefined;
    return object === undefined
      ? []
      : [
          `<Contents>${element('Key', encode(object.key))}` +
            `${element('LastModified', new Date(object.lastModifiedMs).toISOString())}` +
            `${element('ETag', quoted(object.etag))}${element('Size', object.size)}` +
            `${element('StorageClass', 'STANDARD')}</Contents>`,
        ];
  });
  const prefixes = page.flatMap((entry) =>
    'prefix' in entry ? [`<CommonPrefixes>${element('Prefix', encode(entry.prefix))}</CommonPrefixes>`] : [],
  );
  sendXml(
    response,
    `<ListBucketResult xmlns="${NAMESPACE}">${element('Name', bucketName)}${element('Prefix', encode(prefix))}` +
      (delimiter === '' ? '' : element('Delimiter', encode(delimiter))) +
      (query.get('encoding-type') === 'url' ? element('EncodingType', 'url') : '') +
      element('MaxKeys', maxKeys) +
      element('KeyCount', page.length) +
      element('IsTruncated', String(isTruncated)) +
      (isTruncated ? element('NextContinuationToken', Buffer.from(nameOf(last)).toString('base64url')) : '') +
      `${contents.join('')}${prefixes.join('')}</ListBucketResult>`,
  );
};

export { listObjects };
