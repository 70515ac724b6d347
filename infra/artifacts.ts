import { Duration } from 'aws-cdk-lib';
import { type IRole, PolicyStatement } from 'aws-cdk-lib/aws-iam';
import { Construct } from 'constructs';
import { ARTIFACT_PREFIX } from '../lib/constants.ts';
import { PrivateBucket } from './private-bucket.ts';

const ABORT_INCOMPLETE_UPLOADS_DAYS = 2;
const ACCESS_LOG_DAYS = 30;

/**
 * The object store: replica zero of every artifact, under `artifacts/<sha256>`. Rights to objects are in the
 * bucket's own policy: it is the one place that says who may read and write bytes.
 */
class Artifacts extends Construct {
  readonly bucket: PrivateBucket;

  constructor(scope: Construct, id: string, stage: string) {
    super(scope, id);
    const accessLogs = new PrivateBucket(this, 'AccessLogs', stage, 'access-logs', {
      lifecycleRules: [{ id: 'forget-access-logs', expiration: Duration.days(ACCESS_LOG_DAYS) }],
    });
    this.bucket = new PrivateBucket(this, 'Bucket', stage, 'artifacts', {
      versioned: true,
      serverAccessLogsBucket: accessLogs,
      serverAccessLogsPrefix: 'artifacts/',
      lifecycleRules: [
        {
          id: 'abort-incomplete-uploads',
          abortIncompleteMultipartUploadAfter: Duration.days(ABORT_INCOMPLETE_UPLOADS_DAYS),
        },
      ],
    });
  }

  /** `reader` may read artifacts, and learns that one is missing: without the right to list, S3 answers "denied". */
  allowReading(reader: IRole): void {
    this.#allow('Read', reader, ['s3:GetObject']);
    this.bucket.addToResourcePolicy(
      new PolicyStatement({
        sid: 'TellMissing',
        principals: [reader],
        actions: ['s3:ListBucket'],
        resources: [this.bucket.bucketArn],
      }),
    );
  }

  /**
   * `nodeRole` may read artifacts and add new ones. It can neither overwrite nor delete: a write without
   * `If-None-Match` is refused. The calls of a multipart upload that make no object cannot carry that header
   * and are exempt; the one that makes the object is not. Of an upload that it began, a node may see which parts arrived.
   */
  allowNodes(nodeRole: IRole): void {
    this.#allow('NodesRead', nodeRole, ['s3:GetObject']);
    this.#allow('NodesAddNewOnly', nodeRole, ['s3:PutObject'], { Null: { 's3:if-none-match': 'false' } });
    this.#allow('NodesUploadParts', nodeRole, ['s3:PutObject'], {
      Bool: { 's3:ObjectCreationOperation': 'false' },
    });
    // To go on with an upload of its own; nobody else knows its id.
    this.#allow('NodesResumeUploads', nodeRole, ['s3:ListMultipartUploadParts']);
  }

  #allow(sid: string, role: IRole, actions: string[], conditions?: Record<string, unknown>): void {
    this.bucket.addToResourcePolicy(
      new PolicyStatement({
        sid,
        principals: [role],
        actions,
        resources: [this.bucket.arnForObjects(`${ARTIFACT_PREFIX}*`)],
        ...(conditions === undefined ? {} : { conditions }),
      }),
    );
  }
}

export { Artifacts };
