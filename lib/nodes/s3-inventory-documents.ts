import { GetObjectCommand, NoSuchKey, type S3Client } from '@aws-sdk/client-s3';
import { PermanentError, TransientError } from '../errors.ts';
import type { InventoryDocuments } from './inventory-documents.ts';

/**
 * About 200 000 files. Nodes write these objects, and a function that runs out of memory takes the reports of other nodes
 * with it: so nothing larger is read.
 */
const MAX_DOCUMENT_BYTES = 32 * 1024 * 1024;

/** InventoryDocuments in the artifact bucket. */
const createS3InventoryDocuments = (client: Pick<S3Client, 'send'>, bucket: string): InventoryDocuments => ({
  read: async (key) => {
    try {
      const { Body, ContentLength } = await client.send(new GetObjectCommand({ Bucket: bucket, Key: key }));
      if (Body === undefined) {
        throw new TransientError(`the store answered without a body for ${bucket}/${key}`);
      }
      if (ContentLength === undefined || ContentLength > MAX_DOCUMENT_BYTES) {
        throw new PermanentError(
          `the inventory ${bucket}/${key} has ${ContentLength ?? 'an unknown number of'} bytes; at most ${MAX_DOCUMENT_BYTES} are read`,
        );
      }
      return await Body.transformToByteArray();
    } catch (cause) {
      if (cause instanceof PermanentError) throw cause;
      if (cause instanceof NoSuchKey) {
        return undefined;
      }
      throw new TransientError(`the store did not give ${bucket}/${key}`, { cause });
    }
  },
});

export { createS3InventoryDocuments };
