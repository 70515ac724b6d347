import { readdir } from 'node:fs/promises';
import { join } from 'node:path';
import type { InventoryEntry } from '../../lib/nodes/report.ts';
import { PRIVATE_FOLDER } from '../disk/data-folder.ts';
import { hasCode } from '../disk/durable-file.ts';
import { hashFile } from '../disk/hash-file.ts';
import { PARTIAL_NAME } from '../pull/partial-file.ts';
import type { HashCache } from './hash-cache.ts';

/** Paths of all plain files under the root, relative to it. Symlinks are names, not files. */
const listFiles = async (root: string, folder = ''): Promise<string[]> => {
  const paths: string[] = [];
  for (const entry of await readdir(join(root, folder), { withFileTypes: true })) {
    const path = folder === '' ? entry.name : `${folder}/${entry.name}`;
    if (path === PRIVATE_FOLDER || PARTIAL_NAME.test(entry.name)) continue;
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
): Promise<InventoryEntry | undefined> => {
  const known = await cache.recall(path);
  if (known !== undefined) return { artifactId: known.artifactId, bytes: known.bytes, path };
  try {
    const { sha256, bytes } = await hashFile(join(root, path), undefined, signal);
    const fingerprint = await cache.remember(path, sha256);
    // It grew or shrank meanwhile, or is gone: somebody writes it, so it is no artifact yet.
    return fingerprint?.bytes === bytes ? { artifactId: sha256, bytes, path } : undefined;
  } catch (error) {
    if (hasCode(error, 'ENOENT')) return undefined;
    throw error;
  }
};

const order = (left: string, right: string): number => (left < right ? -1 : left > right ? 1 : 0);

/**
 * Every file under the data root with its hash, sorted by artifactId and path. A folder that cannot be read is an error: a list
 * that lacks something must never look complete.
 */
const scanFiles = async (root: string, cache: HashCache, signal: AbortSignal): Promise<InventoryEntry[]> => {
  const paths = await listFiles(root);
  const entries: InventoryEntry[] = [];
  for (const path of paths) {
    signal.throwIfAborted();
    const entry = await hashOne(root, path, cache, signal);
    if (entry !== undefined) entries.push(entry);
  }
  await cache.keepOnly(new Set(paths));
  return entries.sort((a, b) => order(a.artifactId, b.artifactId) || order(a.path, b.path));
};

export { scanFiles };
