import { RemovalPolicy, Stack } from 'aws-cdk-lib';
import {
  BlockPublicAccess,
  Bucket,
  BucketEncryption,
  type BucketProps,
  ObjectOwnership,
} from 'aws-cdk-lib/aws-s3';
import type { Construct } from 'constructs';
import { resourceName } from '../lib/constants.ts';

/**
 * A bucket as all of ours are: no ACLs, nothing public, TLS only, encrypted at rest. It survives the stack in
 * every stage, because models outlive what carried them; a first deployment that fails takes it away again.
 */
class PrivateBucket extends Bucket {
  constructor(scope: Construct, id: string, stage: string, part: string, props: BucketProps) {
    const { account, region } = Stack.of(scope);
    super(scope, id, {
      ...props,
      // Bucket names are global, so account and region are part of them.
      bucketName: `${resourceName(stage, part)}-${account}-${region}`,
      blockPublicAccess: BlockPublicAccess.BLOCK_ALL,
      objectOwnership: ObjectOwnership.BUCKET_OWNER_ENFORCED,
      encryption: BucketEncryption.S3_MANAGED,
      enforceSSL: true,
      removalPolicy: RemovalPolicy.RETAIN_ON_UPDATE_OR_DELETE,
    });
  }

  /** Never undefined: the CDK's own interface wants that under `exactOptionalPropertyTypes`. */
  override get isWebsite(): boolean {
    return super.isWebsite ?? false;
  }
}

export { PrivateBucket };
