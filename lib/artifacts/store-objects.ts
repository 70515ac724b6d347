/** What the object store itself says of an object. */
interface StoredObject {
  readonly bytes: number;
  /** The store's own checksum: base64 SHA-256, or `<base64>-<parts>`; absent when it keeps none. */
  readonly checksumSha256?: string;
}

interface StoreObjects {
  /** Undefined when there is no such object. @throws TransientError when this caller may not know */
  describe(bucket: string, key: string): Promise<StoredObject | undefined>;
}

export type { StoredObject, StoreObjects };
