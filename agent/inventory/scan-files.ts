import { readdir } from 'node:fs/promises';
import { join } from 'node:path';
import type { InventoryEntry } from '../../lib/nodes/report.ts';
import { FLEET_HEALTH_FILE, PRIVATE_FOLDER } from '../disk/data-folder.ts';
import { hasCode } from '../disk/durable-file.ts';
import { hashFile } from '../disk/hash-file.ts';
import { PARTIAL_NAME } from '../pull/partial-file.ts';
import { type HashCache, isSame, look } from './hash-cache.ts';

/** What a scan found. */
interface Scan {
  readonly entries: InventoryEntry[];
  /** Files that changed while they were hashed: no artifacts yet, so they are not among the entries. */
  readonly unsettled: number;
}

/** Paths of all plain files under the root, relative to it. Symlinks are names, not files. */
const listFiles = async (root: string, folder = ''): Promise<string[]> => {
  const paths: string[] = [];
  for (const entry of await readdir(join(root, folder), { withFileTypes: true })) {
    const path = folder === '' ? entry.name : `${folder}/${entry.name}`;
    if (path === PRIVATE_FOLDER || path === FLEET_HEALTH_FILE || PARTIAL_NAME.test(entry.name)) continue;
    if (entry.isDirectory()) paths.push(...(await listFiles(root, path)));
    else if (entry.isFile()) paths.push(path);
  }
  return paths;
};

const hashOne = async (
  root: string,
  path: string,
  cache: HashCache,
  signal: AbortSignal,
): Promise<InventoryEntry | 'gone' | 'unsettled'> => {
  const known = await cache.recall(path);
  if (known !== undefined) return { artifactId: known.artifactId, bytes: known.bytes, path };
  try {
    const file = join(root, path);
    const before = await look(file);
    const { sha256, bytes } = await hashFile(file, undefined, signal);
    const after = await look(file);
    if (before === undefined || after === undefined) return 'gone';
    // Somebody writes it: the hash may be of a mixture that never was in the file.
    if (!isSame(before, after) || after.bytes !== bytes) return 'unsettled';
    await cache.remember(path, sha256, after);
    return { artifactId: sha256, bytes, path };
  } catch (error) {
    if (hasCode(error, 'ENOENT')) return 'gone';
    throw error;
  }
};

const order = (left: string, right: string): number => (left < right ? -1 : left > right ? 1 : 0);

/**
 * Every file under the data root with its hash, sorted by artifactId and path. A folder that cannot be read is an error: a list
 * that lacks something must never look complete. Files that still change are counted instead.
 */
const scanFiles = async (root: string, cache: HashCache, signal: AbortSignal): Promise<Scan> => {
  const paths = await listFiles(root);
  const entries: InventoryEntry[] = [];
  let unsettled = 0;
  for (const path of paths) {
    signal.throwIfAborted();
    const found = await hashOne(root, path, cache, signal);
    if (found === 'unsettled') unsettled += 1;
    else if (found !== 'gone') entries.push(found);
  }
  await cache.keepOnly(new Set(paths));
  entries.sort((a, b) => order(a.artifactId, b.artifactId) || order(a.path, b.path));
  return { entries, unsettled };
};

export type { Scan };
export { scanFiles };
