import { type Artifact, artifactKey } from '../artifacts/artifact.ts';
import type { StoreObjects } from '../artifacts/store-objects.ts';

/** `sound`: the store itself says that it has these very bytes. `gone`: no such object. `different`: other bytes, or no checksum. */
type StoreCopy = 'sound' | 'gone' | 'different' | 'unregistered';

/** Asks the store for the copy that META says was verified there. @throws when the store cannot be asked */
const checkStoreCopy = async (
  objects: StoreObjects,
  bucket: string,
  { artifactId, bytes, storeReplica }: Artifact,
): Promise<StoreCopy> => {
  if (storeReplica === undefined) return 'unregistered';
  const stored = await objects.describe(bucket, artifactKey(artifactId));
  if (stored === undefined) return 'gone';
  return stored.bytes === bytes && stored.checksumSha256 === storeReplica.checksum ? 'sound' : 'different';
};

export type { StoreCopy };
export { checkStoreCopy };
