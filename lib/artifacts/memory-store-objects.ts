import { createHash } from 'node:crypto';
import type { StoreObjects } from './store-objects.ts';

/** StoreObjects of `objects`, by key; every object was a single PUT. */
const createMemoryStoreObjects = (objects: ReadonlyMap<string, Uint8Array>): StoreObjects => ({
  describe: async (_bucket, key) => {
    const bytes = objects.get(key);
    if (bytes === undefined) return undefined;
    return {
      bytes: bytes.length,
      checksumSha256: createHash('sha256').update(bytes).digest('base64'),
    };
  },
});

export { createMemoryStoreObjects };
