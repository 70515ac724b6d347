import { createReadStream } from 'node:fs';
import type { ByteSource } from './byte-source.ts';

/** A copy on this disk. It is hashed on its way like everything else, so a bad copy is found out. */
const fileSource = (path: string): ByteSource => ({
  isRemote: false,
  open: async (start, end, signal) =>
    createReadStream(path, { start, end: end - 1, highWaterMark: 1024 * 1024, signal }),
});

export { fileSource };
