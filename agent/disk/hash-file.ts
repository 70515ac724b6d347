import { createHash } from 'node:crypto';
import { open, stat } from 'node:fs/promises';
import { FollowingHash } from './hash-worker.ts';

/** Up to here a thread of its own costs more than the hash. */
const INLINE_BYTES = 4 * 1024 * 1024;

/** The SHA-256 in hex and the size of the file that is on disk. `onProgress` gets bytes as they are hashed. */
const hashFile = async (
  path: string,
  onProgress: (bytes: number) => void = () => undefined,
  signal?: AbortSignal,
): Promise<{ sha256: string; bytes: number }> => {
  const { size } = await stat(path);
  if (size <= INLINE_BYTES) {
    const handle = await open(path, 'r');
    try {
      const content = await handle.readFile();
      onProgress(content.length);
      return { sha256: createHash('sha256').update(content).digest('hex'), bytes: content.length };
    } finally {
      await handle.close();
    }
  }
  const hash = new FollowingHash(path, onProgress);
  const stop = (): void => {
    hash.stop().catch(() => undefined);
  };
  signal?.addEventListener('abort', stop, { once: true });
  try {
    signal?.throwIfAborted();
    return { sha256: await hash.finish(size), bytes: size };
  } catch (error) {
    signal?.throwIfAborted();
    throw error;
  } finally {
    signal?.removeEventListener('abort', stop);
    await hash.stop();
  }
};

export { hashFile, INLINE_BYTES };
