import { GetObjectCommand, NoSuchKey, type S3Client } from '@aws-sdk/client-s3';
import { TransientError } from '../errors.ts';
import type { InventoryDocuments } from './inventory-documents.ts';

/** InventoryDocuments in the artifact bucket. */
const createS3InventoryDocuments = (client: Pick<S3Client, 'send'>, bucket: string): InventoryDocuments => ({
  read: async (key) => {
    try {
      const { Body } = await client.send(new GetObjectCommand({ Bucket: bucket, Key: key }));
      if (Body === undefined) {
        throw new TransientError(`the store answered without a body for ${bucket}/${key}`);
      }
      return await Body.transformToByteArray();
    } catch (cause) {
      if (cause instanceof NoSuchKey) {
        return undefined;
      }
      throw new TransientError(`the store did not give ${bucket}/${key}`, { cause });
    }
  },
});

export { createS3InventoryDocuments };
