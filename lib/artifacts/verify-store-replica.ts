import { PermanentError } from '../errors.ts';
import { toTimestamp } from '../time.ts';
import { type Artifact, artifactKey } from './artifact.ts';
import { compositeChecksum } from './hash-stream.ts';
import type { StoreObjects } from './store-objects.ts';

type StoreReplica = NonNullable<Artifact['storeReplica']>;

interface ReplicaClaim {
  readonly bucket: string;
  readonly artifactId: string;
  readonly bytes: number;
  /** Of a multipart upload, from the same pass over the file as the artifactId; absent for a single PUT. */
  readonly parts?: { readonly partBytes: number; readonly partDigests: readonly string[] };
  readonly now: Date;
}

/** What the store must answer: the SHA-256 itself for a single PUT, else the composite of the parts. */
const expectedChecksum = ({ artifactId, parts }: ReplicaClaim): string =>
  parts === undefined
    ? Buffer.from(artifactId, 'hex').toString('base64')
    : compositeChecksum(parts.partDigests);

/**
 * Compares what the store computed of the bytes that it has with what was computed of the local file (design.md section 1,
 * "replica"). A checksum that the uploader only claims proves nothing.
 * @throws PermanentError when the object is not there, has no SHA-256, or differs
 */
const verifyStoreReplica = async (objects: StoreObjects, claim: ReplicaClaim): Promise<StoreReplica> => {
  const key = artifactKey(claim.artifactId);
  const place = `s3://${claim.bucket}/${key}`;
  const stored = await objects.describe(claim.bucket, key);
  if (stored === undefined) {
    throw new PermanentError(`${place} is not in the store (or may not be read): upload it first`);
  }
  if (stored.bytes !== claim.bytes) {
    throw new PermanentError(
      `${place} has ${stored.bytes} bytes, the local file ${claim.bytes}: publish the file again`,
    );
  }
  if (stored.checksumSha256 === undefined) {
    throw new PermanentError(
      `${place} was stored without SHA-256 (so the store never checked it): upload it with drover artifacts publish`,
    );
  }
  const expected = expectedChecksum(claim);
  if (stored.checksumSha256 !== expected) {
    throw new PermanentError(
      `${place} has SHA-256 ${stored.checksumSha256} in the store, but the local file gives ${expected}: the copy is not this file (or was uploaded in other parts); remove that object by hand and publish again`,
    );
  }
  return {
    key,
    verifiedAt: toTimestamp(claim.now),
    checksum: stored.checksumSha256,
    ...(claim.parts === undefined ? {} : { partBytes: claim.parts.partBytes }),
  };
};

export type { ReplicaClaim, StoreReplica };
export { verifyStoreReplica };
