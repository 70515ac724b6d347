import type { IncomingMessage } from 'node:http';
import type { RequestContext } from '../authorizer.ts';
import { headerOf } from '../http-body.ts';

/** `?uploads`, `?partNumber=…`: queries that name an operation or its arguments, and those that every client adds. */
const PLAIN_QUERIES = new Set([
  'x-id',
  'versionId',
  'partNumber',
  'uploadId',
  'part-number-marker',
  'max-parts',
]);

/** The operation on an object, by method and query, with the right it needs. */
const objectOperationOf = (method: string, query: URLSearchParams): string => {
  const unknown = [...query.keys()].find(
    (name) =>
      !PLAIN_QUERIES.has(name) &&
      !['uploads', 'attributes'].includes(name) &&
      !/^(x-amz-|response-)/i.test(name),
  );
  if (unknown !== undefined) return `${method} ?${unknown}`;
  const isUpload = query.has('uploadId');
  switch (method) {
    case 'PUT':
      return isUpload ? 'UploadPart' : 'PutObject';
    case 'POST':
      return isUpload ? 'CompleteMultipartUpload' : query.has('uploads') ? 'CreateMultipartUpload' : 'POST';
    case 'GET':
      return isUpload ? 'ListParts' : query.has('attributes') ? 'GetObjectAttributes' : 'GetObject';
    case 'HEAD':
      return 'HeadObject';
    case 'DELETE':
      return isUpload ? 'AbortMultipartUpload' : 'DeleteObject';
    default:
      return method;
  }
};

/** The rights that an operation needs on its object; none = it is not emulated. */
const ACTIONS: Readonly<Record<string, readonly string[]>> = {
  PutObject: ['s3:PutObject'],
  UploadPart: ['s3:PutObject'],
  CreateMultipartUpload: ['s3:PutObject'],
  CompleteMultipartUpload: ['s3:PutObject'],
  ListParts: ['s3:ListMultipartUploadParts'],
  AbortMultipartUpload: ['s3:AbortMultipartUpload'],
  GetObject: ['s3:GetObject'],
  HeadObject: ['s3:GetObject'],
  GetObjectAttributes: ['s3:GetObject', 's3:GetObjectAttributes'],
  DeleteObject: ['s3:DeleteObject'],
};

/** Only a bucket policy can require conditional writes; these keys let it tell the multipart calls apart. */
const contextOf = (operation: string, request: IncomingMessage): RequestContext => {
  if (!(ACTIONS[operation] ?? []).includes('s3:PutObject')) return {};
  const ifNoneMatch = headerOf(request, 'if-none-match');
  const creates = operation === 'PutObject' || operation === 'CompleteMultipartUpload';
  return {
    's3:ObjectCreationOperation': String(creates),
    ...(ifNoneMatch !== undefined && { 's3:if-none-match': ifNoneMatch }),
  };
};

export { ACTIONS, contextOf, objectOperationOf };
