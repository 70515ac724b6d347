import {
  CreateBucketCommand,
  CreateMultipartUploadCommand,
  DeleteObjectCommand,
  GetObjectCommand,
  PutObjectCommand,
} from '@aws-sdk/client-s3';
import { describe, expect, it, onTestFinished } from 'vitest';
import { ACCOUNT, clientsOf, keysWithPolicy, refusalOf, start } from './support/front-door.ts';

const Bucket = 'test-bucket';

describe('the S3 emulator and IAM', () => {
  it('holds a node to the bucket policy: new keys only, no deletes, no listing', async () => {
    const cloud = await start();
    onTestFinished(() => cloud.stop());
    await clientsOf(cloud).s3.send(new CreateBucketCommand({ Bucket }));
    const keys = keysWithPolicy(cloud, 'writer', []);
    const principal = { AWS: `arn:aws:iam::${ACCOUNT}:role/writer` };
    const objects = `arn:aws:s3:::${Bucket}/artifacts/*`;
    cloud.authorizer.setResourcePolicy(`arn:aws:s3:::${Bucket}`, {
      Version: '2012-10-17',
      Statement: [
        {
          Effect: 'Allow',
          Principal: principal,
          Action: ['s3:GetObject', 's3:PutObject'],
          Resource: objects,
        },
        {
          Effect: 'Deny',
          Principal: principal,
          Action: 's3:PutObject',
          Resource: objects,
          Condition: { Null: { 's3:if-none-match': 'true' }, Bool: { 's3:ObjectCreationOperation': 'true' } },
        },
        {
          Effect: 'Deny',
          Principal: '*',
          Action: 's3:*',
          Resource: [`arn:aws:s3:::${Bucket}`, `arn:aws:s3:::${Bucket}/*`],
          Condition: { Bool: { 'aws:SecureTransport': 'false' } },
        },
      ],
    });
    const node = clientsOf(cloud, keys).s3;
    const write = (Key: string, IfNoneMatch?: string) =>
      node.send(
        new PutObjectCommand({ Bucket, Key, Body: 'x', ...(IfNoneMatch !== undefined && { IfNoneMatch }) }),
      );
    await write('artifacts/1', '*');
    expect(await refusalOf(write('artifacts/1', '*'))).toEqual({ name: 'PreconditionFailed', status: 412 });
    expect(await refusalOf(write('artifacts/2'))).toEqual({ name: 'AccessDenied', status: 403 });
    expect(await refusalOf(write('elsewhere', '*'))).toEqual({ name: 'AccessDenied', status: 403 });
    const { UploadId } = await node.send(new CreateMultipartUploadCommand({ Bucket, Key: 'artifacts/3' }));
    expect(UploadId).toBeDefined();
    expect((await refusalOf(node.send(new DeleteObjectCommand({ Bucket, Key: 'artifacts/1' })))).status).toBe(
      403,
    );
    // Who may not list gets 403 for a key that is not there.
    expect(await refusalOf(node.send(new GetObjectCommand({ Bucket, Key: 'artifacts/none' })))).toEqual({
      name: 'AccessDenied',
      status: 403,
    });
  });
});
