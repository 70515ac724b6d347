import { PutObjectCommand, type S3Client } from '@aws-sdk/client-s3';
import { FLEET_HEALTH_KEY } from '../constants.ts';
import { TransientError } from '../errors.ts';
import type { FleetHealthFile } from './fleet-health-store.ts';

/** FleetHealthFile in the artifact bucket. */
const createS3FleetHealthFile = (client: Pick<S3Client, 'send'>, bucket: string): FleetHealthFile => ({
  write: async (json) => {
    try {
      await client.send(
        new PutObjectCommand({
          Bucket: bucket,
          Key: FLEET_HEALTH_KEY,
          Body: json,
          ContentType: 'application/json',
        }),
      );
    } catch (cause) {
      throw new TransientError(`the store did not take s3://${bucket}/${FLEET_HEALTH_KEY}`, { cause });
    }
  },
});

export { createS3FleetHealthFile };
