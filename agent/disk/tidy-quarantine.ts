import { readdir, rm, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { hasCode } from './durable-file.ts';
import type { Removed } from './tidy-partials.ts';

/** Enough to see a pattern (one store object, one disk, one time) and to compare single cases. */
const MAX_QUARANTINES = 20;
/** Space that belongs to models: two or three large ones are enough to study, and small to any disk that holds such models. */
const MAX_QUARANTINE_BYTES = 20_000_000_000;

interface QuarantineLimits {
  readonly maxCount: number;
  readonly maxBytes: number;
}

interface Quarantine {
  readonly name: string;
  readonly bytes: number;
  readonly changedAt: number;
}

/** undefined when it vanished meanwhile. */
const measure = async (folder: string, name: string): Promise<Quarantine | undefined> => {
  try {
    const path = join(folder, name);
    const { mtimeMs } = await stat(path);
    let bytes = 0;
    for (const entry of await readdir(path, { withFileTypes: true })) {
      if (entry.isFile()) bytes += (await stat(join(path, entry.name))).size;
    }
    return { name, bytes, changedAt: mtimeMs };
  } catch (error) {
    if (hasCode(error, 'ENOENT')) return undefined;
    throw error;
  }
};

/**
 * Keeps the newest quarantines, within both limits, and removes the others with their reasons. What is removed is older than all
 * that is kept. A single one above the limit of bytes is removed as well: a bound with exceptions is none.
 */
const tidyQuarantine = async (
  folder: string,
  { maxCount, maxBytes }: QuarantineLimits = { maxCount: MAX_QUARANTINES, maxBytes: MAX_QUARANTINE_BYTES },
): Promise<Removed[]> => {
  const found: Quarantine[] = [];
  for (const entry of await readdir(folder, { withFileTypes: true })) {
    const measured = entry.isDirectory() ? await measure(folder, entry.name) : undefined;
    if (measured !== undefined) found.push(measured);
  }
  found.sort((a, b) => b.changedAt - a.changedAt || (a.name < b.name ? 1 : -1));
  let bytes = 0;
  const firstTooMany = found.findIndex((quarantine, index) => {
    bytes += quarantine.bytes;
    return index >= maxCount || bytes > maxBytes;
  });
  const surplus = firstTooMany < 0 ? [] : found.slice(firstTooMany);
  for (const { name } of surplus) await rm(join(folder, name), { recursive: true, force: true });
  return surplus.map(({ name, bytes: size }) => ({ path: name, bytes: size }));
};

export { MAX_QUARANTINE_BYTES, MAX_QUARANTINES, tidyQuarantine };
