import type { WithS3 } from '../pull/s3-source.ts';
import type { Inventory } from './inventory-report.ts';

interface PutTools {
  readonly withS3: WithS3;
  readonly place: () => { readonly artifactBucket: string };
}

const isAlreadyThere = (error: unknown): boolean =>
  error instanceof Error && error.name === 'PreconditionFailed';

/** Puts the full list into the store, under its own digest. */
const putInventory = async (
  { withS3, place }: PutTools,
  { document, report: { key, digest } }: Pick<Inventory, 'document' | 'report'>,
): Promise<void> => {
  const { PutObjectCommand } = await import('@aws-sdk/client-s3');
  await withS3(async (client) => {
    try {
      await client.send(
        new PutObjectCommand({
          Bucket: place().artifactBucket,
          Key: key,
          Body: document,
          ContentType: 'application/json',
          ChecksumSHA256: Buffer.from(digest, 'hex').toString('base64'),
          IfNoneMatch: '*',
        }),
      );
    } catch (error) {
      // Equal lists have equal keys: somebody (an earlier report) wrote it already.
      if (!isAlreadyThere(error)) throw error;
    }
  });
};

export { putInventory };
