import type { S3Client } from '@aws-sdk/client-s3';
import { SQSClient } from '@aws-sdk/client-sqs';
import type { Credentials } from './enrolment-client.ts';

const sdkCredentials = ({ accessKeyId, secretAccessKey, sessionToken }: Credentials) => ({
  accessKeyId,
  secretAccessKey,
  sessionToken,
});

/** The endpoint (AWS_ENDPOINT_URL) wins over the host in a queue's URL. */
const createSqs = (region: string, credentials: Credentials): SQSClient =>
  new SQSClient({ region, credentials: sdkCredentials(credentials), useQueueUrlAsEndpoint: false });

/**
 * Made on first use: the S3 client is the largest part of the bundle, and an idle agent needs none of it.
 * Checksums of responses are left out because every byte is hashed from the disk anyway.
 */
const createS3 = (region: string, credentials: Credentials): (() => Promise<S3Client>) => {
  let client: Promise<S3Client> | undefined;
  return () => {
    client ??= import('@aws-sdk/client-s3').then(
      ({ S3Client: Client }) =>
        new Client({
          region,
          credentials: sdkCredentials(credentials),
          responseChecksumValidation: 'WHEN_REQUIRED',
          requestChecksumCalculation: 'WHEN_REQUIRED',
          // An endpoint of one's own has no host name for each bucket.
          forcePathStyle: process.env['AWS_ENDPOINT_URL'] !== undefined,
        }),
    );
    return client;
  };
};

export { createS3, createSqs };
