interface ReadOptions {
  /** Where the bytes go; both belong to this call until its chunks end. */
  readonly buffers: readonly [Buffer, Buffer];
  readonly signal: AbortSignal;
  /** Bytes that just came, before their chunk is full. */
  readonly onBytes: (count: number) => void;
}

/** Where the bytes of an artifact come from: the object store, or a copy that this node has already. */
interface ByteSource {
  /**
   * The bytes from `start` up to `end` (exclusive). A chunk is valid until the next one is asked for.
   * @throws CommandFailure when a repeat cannot help; any other error is tried again
   */
  open(start: number, end: number, options: ReadOptions): Promise<AsyncIterable<Uint8Array>>;
  /** True when the bytes come over the network, and the caps apply. */
  readonly isRemote: boolean;
}

export type { ByteSource, ReadOptions };
