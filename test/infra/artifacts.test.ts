import { describe, expect, it } from 'vitest';
import { resourcePolicyOf, rightsOf } from './support/statements.ts';
import { synthesized } from './support/synthesized.ts';

const stack = synthesized('dev');
const [bucketId, bucket] = stack
  .ofType('AWS::S3::Bucket')
  .find(([id]) => id.startsWith('ArtifactsBucket')) ?? ['none'];
const [nodeRole] = stack.named('AWS::IAM::Role', 'RoleName', 'drover-dev-node');
const policy = resourcePolicyOf(stack, 'AWS::S3::BucketPolicy', bucketId);
const byNodes = policy.filter(({ Principal }) => JSON.stringify(Principal).includes(nodeRole));

describe('Artifacts', () => {
  it('keeps every version, in every stage [events#5-21] [sync#L7]', () => {
    expect(bucket).toMatchObject({
      DeletionPolicy: 'RetainExceptOnCreate',
      UpdateReplacePolicy: 'Retain',
      Properties: { VersioningConfiguration: { Status: 'Enabled' } },
    });
  });

  it('has one lifecycle rule: it ends incomplete uploads after two days and deletes nothing [sync#13-24]', () => {
    expect(bucket?.Properties).toMatchObject({
      LifecycleConfiguration: {
        Rules: [
          {
            Id: 'abort-incomplete-uploads',
            Status: 'Enabled',
            AbortIncompleteMultipartUpload: { DaysAfterInitiation: 2 },
          },
        ],
      },
    });
    expect(JSON.stringify(bucket?.Properties)).not.toMatch(/Expiration/);
  });

  it('is private and logs access to another bucket', () => {
    expect(bucket?.Properties).toMatchObject({
      PublicAccessBlockConfiguration: {
        BlockPublicAcls: true,
        BlockPublicPolicy: true,
        IgnorePublicAcls: true,
        RestrictPublicBuckets: true,
      },
      OwnershipControls: { Rules: [{ ObjectOwnership: 'BucketOwnerEnforced' }] },
      LoggingConfiguration: { DestinationBucketName: { Ref: expect.stringMatching(/^ArtifactsAccessLogs/) } },
    });
  });

  it('speaks TLS only', () => {
    expect(policy).toContainEqual(
      expect.objectContaining({
        Effect: 'Deny',
        Action: ['s3:*'],
        Principal: { AWS: '*' },
        Condition: { Bool: { 'aws:SecureTransport': 'false' } },
      }),
    );
  });

  it('lets nodes read artifacts and how the fleet is, and add new artifacts, no more', () => {
    expect(byNodes.map(({ Action, Condition }) => ({ Action, Condition }))).toEqual([
      { Action: ['s3:GetObject'], Condition: undefined },
      { Action: ['s3:GetObject'], Condition: undefined },
      { Action: ['s3:PutObject'], Condition: { Null: { 's3:if-none-match': 'false' } } },
      { Action: ['s3:PutObject'], Condition: { Bool: { 's3:ObjectCreationOperation': 'false' } } },
      { Action: ['s3:ListMultipartUploadParts'], Condition: undefined },
    ]);
    const objects = byNodes.map(({ Resource }) => /"\/([^"]*)"\]/.exec(JSON.stringify(Resource))?.[1]);
    expect(objects).toEqual(['artifacts/*', 'state/fleet.json', 'artifacts/*', 'artifacts/*', 'artifacts/*']);
  });

  it('gives nodes no object right elsewhere', () => {
    expect(rightsOf(stack, nodeRole).flatMap(({ Action }) => Action)).not.toContainEqual(
      expect.stringMatching(/^s3:/),
    );
  });

  it('lets record-reports read, and know what is missing', () => {
    const [reader] = stack.named('AWS::IAM::Role', 'RoleName', 'drover-dev-record-reports');
    const byReader = policy.filter(({ Principal }) => JSON.stringify(Principal).includes(reader));

    expect(byReader.map(({ Action }) => Action)).toEqual([['s3:GetObject'], ['s3:ListBucket']]);
  });

  it('lets score-health write the one object that tells nodes how the fleet is', () => {
    const [writer] = stack.named('AWS::IAM::Role', 'RoleName', 'drover-dev-score-health');
    const byWriter = policy.filter(({ Principal }) => JSON.stringify(Principal).includes(writer));

    expect(byWriter.map(({ Action }) => Action)).toEqual([['s3:PutObject']]);
    expect(JSON.stringify(byWriter)).toContain('"/state/fleet.json"');
  });

  it('lets nobody delete', () => {
    const allowed = policy.filter(({ Effect }) => Effect === 'Allow').flatMap(({ Action }) => Action);

    expect(allowed).not.toContainEqual(expect.stringMatching(/Delete|\*/));
  });
});
