import { statfs } from 'node:fs/promises';
import type { Heartbeat } from '../../lib/nodes/heartbeat.ts';

/** The disk of a folder as `df` counts it: what only root may use counts as neither used nor free. */
const readDisk = async (folder: string): Promise<Heartbeat['disk']> => {
  const { blocks, bfree, bavail, bsize } = await statfs(folder);
  const used = blocks - bfree;
  const usable = used + bavail;
  if (usable <= 0) return undefined;
  return { totalBytes: blocks * bsize, freeBytes: bavail * bsize, usedPercent: (used / usable) * 100 };
};

export { readDisk };
