import { stat } from 'node:fs/promises';
import { isAbsolute, resolve } from 'node:path';
import type { InventoryEntry } from '../../lib/nodes/report.ts';
import type { Unclaimed } from '../../lib/nodes/unclaimed.ts';
import type { FileRules } from '../data/file-rules.ts';
import type { StoredArtifacts } from '../data/stored-artifacts.ts';
import type { Log } from '../log.ts';
import type { HashCache } from './hash-cache.ts';
import { byArtifact, hashOne, type Scan, scanFiles } from './scan-files.ts';
import { type Outside, scanOutside } from './scan-outside.ts';

interface SurveyTools {
  /** The data root. */
  readonly root: string;
  readonly cache: HashCache;
  readonly stored: Pick<StoredArtifacts, 'has' | 'hasSize'>;
  /** The rules of now; a survey goes by those that hold when it begins. */
  readonly rules: () => FileRules;
  /** Where files count as data outside of the data root. @throws when that cannot be told */
  readonly outsidePaths: () => Promise<readonly string[]>;
  /** Whether what was put from this path is not in the store yet: then it is claimed, whatever the rules say. */
  readonly isPut: (path: string) => boolean;
  readonly enrolledAtMs: number;
  readonly log: Log;
}

/** All that this node holds. */
interface Survey {
  /** Files under the data root, and claimed files outside of it by their absolute paths, with their hashes. */
  readonly entries: readonly InventoryEntry[];
  /** Other files outside of it that this agent remembers the store to have. */
  readonly outsideCopies: readonly InventoryEntry[];
  readonly unsettled: number;
  /** undefined: it could not be looked everywhere. */
  readonly unclaimed: Unclaimed | undefined;
  /** Bytes of claimed files that the store does not have; undefined as above. */
  readonly unflushedBytes: number | undefined;
  readonly configDigest: string | undefined;
}

const lookOutside = async (
  tools: SurveyTools,
  rules: FileRules,
  signal: AbortSignal,
): Promise<Outside | undefined> => {
  const { root, cache, stored, isPut, enrolledAtMs, log } = tools;
  try {
    const paths = await tools.outsidePaths();
    return await scanOutside({ paths, root, rules, isPut, enrolledAtMs, cache, stored }, signal);
  } catch (error) {
    signal.throwIfAborted();
    log.warn('cannot look through all data paths: unclaimed files are unknown', { error });
    return undefined;
  }
};

/** Claimed files outside of the data root, as if they lay in it. */
const scanClaimed = async (
  { root, cache }: SurveyTools,
  paths: readonly string[],
  signal: AbortSignal,
): Promise<Pick<Scan, 'entries' | 'unsettled'>> => {
  const entries: InventoryEntry[] = [];
  const unsettled: string[] = [];
  for (const path of paths) {
    signal.throwIfAborted();
    const found = await hashOne(root, path, cache, signal);
    if (found === 'unsettled') unsettled.push(path);
    else if (found !== 'gone') entries.push(found);
  }
  return { entries, unsettled };
};

const bytesOf = async (path: string): Promise<number> =>
  await stat(path).then(
    ({ size }) => size,
    () => 0,
  );

/**
 * Looks at everything that counts as data on this node.
 * @throws when the data root cannot be read, or a claimed file cannot
 */
const takeSurvey = async (tools: SurveyTools, signal: AbortSignal): Promise<Survey> => {
  const { root, cache, stored } = tools;
  const rules = tools.rules();
  const inside = await scanFiles(root, cache, { isIgnored: rules.isIgnored, stored }, signal);
  const outside = await lookOutside(tools, rules, signal);
  const claimed = await scanClaimed(tools, outside?.claimed ?? [], signal);
  const outsideCopies = [...(outside?.copies ?? [])].sort(byArtifact);
  const copyPaths = outsideCopies.map(({ path }) => path);
  const known = new Set([...inside.paths, ...(outside?.claimed ?? []), ...copyPaths]);
  // What was not looked at this time is hashed anew the next time only if it is forgotten now.
  await cache.keepOnly((path) => known.has(path) || (outside === undefined && isAbsolute(path)));

  const isClaimed = (path: string): boolean => rules.claimOf(resolve(root, path)) !== undefined;
  const entries = [...inside.entries, ...claimed.entries].sort(byArtifact);
  const unsettled = [...inside.unsettled, ...claimed.unsettled];
  const waiting = entries.filter(({ artifactId, path }) => !stored.has(artifactId) && isClaimed(path));
  const changing = await Promise.all(unsettled.filter(isClaimed).map((path) => bytesOf(resolve(root, path))));
  const unflushedBytes = [...waiting.map(({ bytes }) => bytes), ...changing].reduce(
    (sum, one) => sum + one,
    0,
  );
  return {
    entries,
    outsideCopies,
    unsettled: unsettled.length,
    unclaimed: outside?.unclaimed,
    unflushedBytes: outside === undefined && rules.hasClaims ? undefined : unflushedBytes,
    configDigest: rules.digest,
  };
};

export type { Survey, SurveyTools };
export { takeSurvey };
