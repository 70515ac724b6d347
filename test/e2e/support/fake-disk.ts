import fs from 'node:fs/promises';
import { syncBuiltinESMExports } from 'node:module';

/**
 * Loaded before the agent (`node --import`): the disk that it sees is as full as FAKE_DISK_USED_PERCENT says. The system call
 * is the outermost edge; everything above it is the agent's own code.
 */
const usedPercent = Number(process.env['FAKE_DISK_USED_PERCENT']);
const BLOCKS = 100_000_000;
const BLOCK_BYTES = 4096;
const free = Math.round(BLOCKS * (1 - usedPercent / 100));

Object.assign(fs, {
  statfs: async () => ({
    type: 0,
    bsize: BLOCK_BYTES,
    blocks: BLOCKS,
    bfree: free,
    bavail: free,
    files: 1000,
    ffree: 1000,
  }),
});
syncBuiltinESMExports();
