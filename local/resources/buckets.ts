import { CreateBucketCommand, HeadBucketCommand, NotFound } from '@aws-sdk/client-s3';
import * as z from 'zod';
import { PARTITION, URL_SUFFIX } from '../arns.ts';
import { defineKind, ignored, tags } from './kind.ts';

const bucketSchema = z.strictObject({
  BucketName: z.string().optional(),
  VersioningConfiguration: ignored('old versions are not kept: the disk is the user’s own'),
  BucketEncryption: ignored('the disk is the user’s own'),
  PublicAccessBlockConfiguration: ignored('the front door knows no anonymous callers'),
  OwnershipControls: ignored('there is one account'),
  AccessControl: ignored('access lists are off'),
  LifecycleConfiguration: ignored('cleans up unfinished uploads after days; the local store keeps them'),
  LoggingConfiguration: ignored('no access log'),
  ObjectLockEnabled: z.literal(false).optional(),
  Tags: tags,
});

const bucket = defineKind('AWS::S3::Bucket', bucketSchema, async (properties, { fallbackName }, { s3 }) => {
  const name = properties.BucketName ?? fallbackName.toLowerCase();
  try {
    await s3.send(new HeadBucketCommand({ Bucket: name }));
  } catch (error) {
    if (!(error instanceof NotFound)) throw error;
    await s3.send(new CreateBucketCommand({ Bucket: name }));
  }
  const domain = `${name}.s3.${URL_SUFFIX}`;
  return {
    ref: name,
    attributes: { Arn: `arn:${PARTITION}:s3:::${name}`, DomainName: domain, RegionalDomainName: domain },
  };
});

const bucketPolicySchema = z.strictObject({ Bucket: z.string(), PolicyDocument: z.unknown() });

const bucketPolicy = defineKind(
  'AWS::S3::BucketPolicy',
  bucketPolicySchema,
  ({ Bucket, PolicyDocument }, { fallbackName }, { frontDoor }) => {
    frontDoor.authorizer.setResourcePolicy(`arn:${PARTITION}:s3:::${Bucket}`, PolicyDocument);
    return { ref: fallbackName, attributes: {} };
  },
);

export { bucket, bucketPolicy };
