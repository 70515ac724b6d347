import { type Artifact, artifactKey } from '../artifacts/artifact.ts';
import type { StoreObjects } from '../artifacts/store-objects.ts';

/**
 * `sound`: the store itself says that it has these very bytes. `gone`: no such object. `different`: other bytes. `unknown`: an object of
 * this size, of which the store has no checksum that can be compared. `unregistered`: META knows of none, and so does the store.
 */
type StoreCopy = 'sound' | 'gone' | 'different' | 'unknown' | 'unregistered';

/** Asks the store for the copy that META says was verified there. @throws when the store cannot be asked */
const checkStoreCopy = async (
  objects: StoreObjects,
  bucket: string,
  { artifactId, bytes, storeReplica }: Artifact,
): Promise<StoreCopy> => {
  if (storeReplica === undefined) return 'unregistered';
  const stored = await objects.describe(bucket, artifactKey(artifactId));
  if (stored === undefined) return 'gone';
  if (stored.bytes !== bytes) return 'different';
  if (stored.checksumSha256 === undefined) return 'unknown';
  return stored.checksumSha256 === storeReplica.checksum ? 'sound' : 'different';
};

interface FoundCopy {
  readonly storeCopy: StoreCopy;
  /** What the store computed of the bytes. */
  readonly checksum: string;
}

/**
 * Asks the store for a copy that META does not know. What was sent in parts has no checksum that follows from the artifactId: only who
 * has the file can verify it.
 * @throws when the store cannot be asked
 */
const findStoreCopy = async (
  objects: StoreObjects,
  bucket: string,
  { artifactId, bytes }: Artifact,
): Promise<FoundCopy> => {
  const stored = await objects.describe(bucket, artifactKey(artifactId));
  const checksum = Buffer.from(artifactId, 'hex').toString('base64');
  const answer = (storeCopy: StoreCopy): FoundCopy => ({ storeCopy, checksum });
  if (stored === undefined) return answer('unregistered');
  if (stored.bytes !== bytes) return answer('different');
  if (stored.checksumSha256 === checksum) return answer('sound');
  const isOfParts = stored.checksumSha256?.includes('-') ?? true;
  return answer(isOfParts ? 'unknown' : 'different');
};

export type { StoreCopy };
export { checkStoreCopy, findStoreCopy };
