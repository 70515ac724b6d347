import { randomUUID } from 'node:crypto';
import { mkdirSync, readdirSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { AwsError } from '../aws-error.ts';
import { readBody } from '../http-body.ts';
import { element, sendXml } from '../query-protocol.ts';
import type { Service, ServiceCall } from '../service.ts';
import { type BucketStore, openBucketStore } from './bucket-store.ts';
import { completeUpload } from './complete-upload.ts';
import { getObject, slicesOf } from './get-object.ts';
import { listObjects } from './list-objects.ts';
import { abortUpload, createUpload, listParts, uploadPart } from './multipart.ts';
import { getObjectAttributes } from './object-attributes.ts';
import { ACTIONS, contextOf, objectOperationOf } from './operations.ts';
import { putObject } from './put-object.ts';
import type { StoredObject } from './records.ts';
import { NAMESPACE, type ObjectCall } from './request.ts';

interface S3Emulator extends Service {
  /**
   * Where byte `offset` of an object lies on the disk: open `path`, change the byte at `position`, and every later GET
   * serves the damage, as a failing disk would. Undefined when there is no such byte.
   */
  readonly objects: {
    locate(bucket: string, key: string, offset: number): { path: string; position: number } | undefined;
  };
}

const BUCKET_NAME = /^[a-z0-9][a-z0-9.-]{1,61}[a-z0-9]$/;

const bucketArnOf = (bucket: string): string => `arn:aws:s3:::${bucket}`;

const noSuchBucket = (): AwsError => new AwsError('NoSuchBucket', 'The specified bucket does not exist', 404);

/**
 * S3, path-style: objects as files under `folder`. Bytes stream between socket and disk. A bucket keeps current
 * versions only. Answers 403 instead of 404 for a missing key when the caller may not list the bucket, as S3 does.
 */
const startS3 = (options: { folder: string; region: string; now: () => number }): S3Emulator => {
  const { folder, now } = options;
  const newId = (): string => randomUUID().replaceAll('-', '');
  const buckets = new Map<string, BucketStore>(
    readdirSync(folder).map((name) => [name, openBucketStore(join(folder, name), newId)]),
  );

  const serveRoot = async ({ request, response, authorize }: ServiceCall): Promise<void> => {
    if (request.method !== 'GET') throw new AwsError('MethodNotAllowed', 'The service knows GET only', 405);
    await authorize('s3:ListAllMyBuckets', '*');
    const names = [...buckets.keys()].sort().map((name) => `<Bucket>${element('Name', name)}</Bucket>`);
    sendXml(
      response,
      `<ListAllMyBucketsResult xmlns="${NAMESPACE}"><Buckets>${names.join('')}</Buckets></ListAllMyBucketsResult>`,
    );
  };

  const createBucket = async ({ request, response }: ServiceCall, name: string): Promise<void> => {
    await readBody(request);
    if (!BUCKET_NAME.test(name))
      throw new AwsError('InvalidBucketName', 'The specified bucket is not valid.');
    if (!buckets.has(name)) {
      mkdirSync(join(folder, name), { recursive: true });
      buckets.set(name, openBucketStore(join(folder, name), newId));
    }
    response.writeHead(200, { location: `/${name}`, 'content-length': 0 });
    response.end();
  };

  const deleteBucket = ({ response }: ServiceCall, name: string, bucket: BucketStore): void => {
    if (bucket.objects.size > 0) {
      throw new AwsError('BucketNotEmpty', 'The bucket you tried to delete is not empty', 409);
    }
    rmSync(join(folder, name), { recursive: true, force: true });
    buckets.delete(name);
    response.writeHead(204);
    response.end();
  };

  const serveBucket = async (call: ServiceCall, name: string): Promise<void> => {
    const { request, response, url, authorize } = call;
    const bucket = buckets.get(name);
    const operation = `${request.method}${url.searchParams.has('list-type') ? ' list' : ''}`;
    const right = { PUT: 's3:CreateBucket', DELETE: 's3:DeleteBucket' }[operation] ?? 's3:ListBucket';
    const prefix = url.searchParams.get('prefix');
    const context = right === 's3:ListBucket' && prefix !== null ? { 's3:prefix': prefix } : {};
    await authorize(right, bucketArnOf(name), context);
    if (operation === 'PUT' && !hasSubresource(url)) return createBucket(call, name);
    if (bucket === undefined) throw noSuchBucket();
    if (operation === 'GET list') return listObjects(response, bucket, name, url.searchParams);
    if (operation === 'DELETE' && !hasSubresource(url)) return deleteBucket(call, name, bucket);
    if (operation === 'HEAD') {
      response.writeHead(200, { 'x-amz-bucket-region': options.region });
      response.end();
      return;
    }
    throw new AwsError('NotImplemented', `${request.method} ${url.search} of a bucket is not emulated`, 501);
  };

  const requireObject = async (call: ServiceCall, bucketName: string, key: string): Promise<StoredObject> => {
    const object = buckets.get(bucketName)?.objects.get(key);
    if (object !== undefined) return object;
    // Who may not list must not learn which keys exist.
    await call.authorize('s3:ListBucket', bucketArnOf(bucketName));
    throw new AwsError('NoSuchKey', 'The specified key does not exist.', 404);
  };

  const serveObject = async (call: ServiceCall, bucketName: string, key: string): Promise<void> => {
    const { request, response, url } = call;
    const operation = objectOperationOf(request.method ?? 'GET', url.searchParams);
    const actions = ACTIONS[operation];
    if (actions === undefined) {
      throw new AwsError('NotImplemented', `${operation} of an object is not emulated`, 501);
    }
    const context = contextOf(operation, request);
    for (const action of actions) await call.authorize(action, `${bucketArnOf(bucketName)}/${key}`, context);
    const bucket = buckets.get(bucketName);
    if (bucket === undefined) throw noSuchBucket();
    const objectCall: ObjectCall = {
      request,
      response,
      query: url.searchParams,
      bucket,
      bucketName,
      key,
      nowMs: now(),
      newId,
    };
    switch (operation) {
      case 'PutObject':
        return putObject(objectCall);
      case 'CreateMultipartUpload':
        return createUpload(objectCall);
      case 'UploadPart':
        return uploadPart(objectCall);
      case 'ListParts':
        return listParts(objectCall);
      case 'CompleteMultipartUpload':
        return completeUpload(objectCall);
      case 'AbortMultipartUpload':
        return abortUpload(objectCall);
      case 'GetObjectAttributes':
        return getObjectAttributes(objectCall, await requireObject(call, bucketName, key));
      case 'DeleteObject':
        bucket.deleteObject(key);
        response.writeHead(204);
        response.end();
        return;
      default:
        return getObject(objectCall, await requireObject(call, bucketName, key));
    }
  };

  return {
    serve: async (call) => {
      // The path as it was sent: a URL object would resolve `..`, which is an ordinary part of a key.
      const [path = ''] = (call.request.url ?? '').split('?');
      const [, bucketName = '', rawKey = ''] = /^\/([^/]*)\/?(.*)$/s.exec(path) ?? [];
      if (bucketName === '') return serveRoot(call);
      if (rawKey === '') return serveBucket(call, bucketName);
      return serveObject(call, bucketName, decodeURIComponent(rawKey));
    },
    refuse: (response, { code, message, status }) => {
      sendXml(
        response,
        `<Error>${element('Code', code === 'InvalidClientTokenId' ? 'InvalidAccessKeyId' : code)}` +
          `${element('Message', message)}${element('RequestId', randomUUID())}</Error>`,
        code === 'ExpiredToken' ? 400 : status,
      );
    },
    objects: {
      locate: (bucketName, key, offset) => {
        const bucket = buckets.get(bucketName);
        const object = bucket?.objects.get(key);
        const [slice] =
          object === undefined ? [] : slicesOf(object.segments, { first: offset, last: offset });
        if (bucket === undefined || slice === undefined) return undefined;
        return { path: bucket.pathOf(slice.file), position: slice.start };
      },
    },
  };
};

/** `?versioning`, `?policy`, …: settings of a bucket, which the template's wiring keeps, not S3. */
const hasSubresource = (url: URL): boolean => [...url.searchParams.keys()].some((name) => name !== 'x-id');

export type { S3Emulator };
export { startS3 };
