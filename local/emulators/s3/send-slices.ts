import { open } from 'node:fs/promises';
import type { ServerResponse } from 'node:http';

/** Part of a file; both ends are included. */
interface Slice {
  readonly path: string;
  readonly start: number;
  readonly end: number;
}

/** Measured: larger reads gain nothing on loopback, smaller ones cost. */
const READ_BYTES = 1024 * 1024;

/** Resolves when the connection took `bytes`: their buffer may be filled again. Rejects when the client is gone. */
const writeOut = (response: ServerResponse, bytes: Uint8Array): Promise<void> =>
  new Promise((resolve, reject) => {
    const isGone = (): void => reject(new Error('the client closed the connection'));
    response.once('close', isGone);
    response.write(bytes, (error) => {
      response.off('close', isGone);
      if (error == null) resolve();
      else reject(error);
    });
    if (response.destroyed) isGone();
  });

/**
 * Sends the slices and ends the answer. Two buffers in turns, one is read into while the other is sent: a read stream makes a new
 * one for every read, and that costs this server twice the processor time (1.0 against 0.5 s for a gigabyte), which the client's
 * side of a benchmark on the same machine then lacks.
 */
const sendSlices = async (slices: readonly Slice[], response: ServerResponse): Promise<void> => {
  let [free, busy] = [Buffer.allocUnsafeSlow(READ_BYTES), Buffer.allocUnsafeSlow(READ_BYTES)];
  let sending: Promise<void> = Promise.resolve();
  for (const { path, start, end } of slices) {
    const file = await open(path, 'r');
    try {
      for (let position = start; position <= end; ) {
        const wanted = Math.min(READ_BYTES, end + 1 - position);
        const { bytesRead } = await file.read(free, 0, wanted, position);
        if (bytesRead === 0) throw new Error(`${path} ends at ${position} bytes, before ${end + 1}`);
        position += bytesRead;
        await sending;
        sending = writeOut(response, free.subarray(0, bytesRead));
        // The next turn, or the end, waits for it and gets its error.
        sending.catch(() => undefined);
        [free, busy] = [busy, free];
      }
    } finally {
      await file.close();
    }
  }
  await sending;
  response.end();
};

export type { Slice };
export { sendSlices };
