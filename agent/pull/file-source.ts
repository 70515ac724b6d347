import { open } from 'node:fs/promises';
import type { ByteSource } from './byte-source.ts';

/** A copy on this disk. It is hashed on its way like everything else, so a bad copy is found out. */
const fileSource = (path: string): ByteSource => ({
  isRemote: false,
  open: async (start, end, { buffers: [buffer], signal, onBytes }) =>
    (async function* () {
      const file = await open(path, 'r');
      try {
        for (let position = start; position < end; ) {
          signal.throwIfAborted();
          const { bytesRead } = await file.read(buffer, 0, Math.min(buffer.length, end - position), position);
          if (bytesRead === 0) throw new Error(`${path} ends at ${position} bytes`);
          onBytes(bytesRead);
          position += bytesRead;
          yield buffer.subarray(0, bytesRead);
        }
      } finally {
        await file.close();
      }
    })(),
});

export { fileSource };
