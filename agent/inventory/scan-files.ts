import { readdir } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import type { InventoryEntry } from '../../lib/nodes/report.ts';
import type { StoredArtifacts } from '../data/stored-artifacts.ts';
import { isDamage } from '../disk/damage.ts';
import { FLEET_HEALTH_FILE, PRIVATE_FOLDER } from '../disk/data-folder.ts';
import { hasCode } from '../disk/durable-file.ts';
import { hashFile } from '../disk/hash-file.ts';
import { PARTIAL_NAME } from '../pull/partial-file.ts';
import { type HashCache, isSame, look } from './hash-cache.ts';

/** What a scan found. */
interface Scan {
  readonly entries: InventoryEntry[];
  /** Files that changed while they were hashed, cannot be read, or rotted before the store had them: no artifacts, so not among the entries. */
  readonly unsettled: readonly string[];
  /** Every file that was looked at. */
  readonly paths: readonly string[];
}

/** Files that nobody would miss: they are listed only when they are known artifacts. */
interface Ignoring {
  readonly isIgnored: (path: string) => boolean;
  readonly stored: Pick<StoredArtifacts, 'has' | 'hasSize'>;
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

/** The file at `path` (relative to the root, or absolute) with its hash, which is taken anew only when the file changed. */
const hashOne = async (
  root: string,
  path: string,
  cache: HashCache,
  signal: AbortSignal,
): Promise<InventoryEntry | 'gone' | 'unsettled' | 'rotten'> => {
  const known = await cache.recall(path);
  if (known !== undefined) return { artifactId: known.artifactId, bytes: known.bytes, path };
  // Its bytes are nobody's work: hashed anew they would pass for a new file.
  if ((await cache.recallRotten(path)) !== undefined) return 'rotten';
  try {
    const file = resolve(root, path);
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
    // One bad sector must not keep the node from telling what else it holds. It counts as no copy, and still keeps the node.
    if (isDamage(error) || hasCode(error, 'EACCES', 'EPERM')) return 'unsettled';
    throw error;
  }
};

/** Whether what a rotten file was is in the store: then nothing is left there that could be lost. */
const isReplaceable = async (
  path: string,
  cache: HashCache,
  stored: Ignoring['stored'],
): Promise<boolean> => {
  const was = await cache.recallRotten(path);
  return was !== undefined && stored.has(was.artifactId);
};

const order = (left: string, right: string): number => (left < right ? -1 : left > right ? 1 : 0);

/** The order of the lines of an inventory. */
const byArtifact = (a: InventoryEntry, b: InventoryEntry): number =>
  order(a.artifactId, b.artifactId) || order(a.path, b.path);

/** Whether an ignored file can be a known artifact, by its size. */
const mayBeStored = async (root: string, path: string, stored: Ignoring['stored']): Promise<boolean> => {
  const seen = await look(join(root, path));
  return seen !== undefined && stored.hasSize(seen.bytes);
};

/**
 * Every file under the data root with its hash, sorted by artifactId and path. A folder that cannot be read is an error: a list
 * that lacks something must never look complete. Files that still change, or cannot be read, are told apart. Empty files are left out: they hold
 * nothing that could be lost, and cannot be artifacts.
 */
const scanFiles = async (
  root: string,
  cache: HashCache,
  { isIgnored, stored }: Ignoring,
  signal: AbortSignal,
): Promise<Scan> => {
  const paths = await listFiles(root);
  const entries: InventoryEntry[] = [];
  const unsettled: string[] = [];
  for (const path of paths) {
    signal.throwIfAborted();
    const ignored = isIgnored(join(root, path));
    if (ignored && !(await mayBeStored(root, path, stored))) continue;
    const found = await hashOne(root, path, cache, signal);
    if (found === 'gone') continue;
    if (ignored && (typeof found === 'string' || !stored.has(found.artifactId))) continue;
    if (found === 'rotten' && (await isReplaceable(path, cache, stored))) continue;
    if (typeof found === 'string') unsettled.push(path);
    else if (found.bytes > 0) entries.push(found);
  }
  entries.sort(byArtifact);
  return { entries, unsettled, paths };
};

export type { Ignoring, Scan };
export { byArtifact, hashOne, isReplaceable, scanFiles };
