import { TransientError } from '../../lib/errors.ts';
import type { InventoryEntry } from '../../lib/nodes/report.ts';
import type { Unclaimed } from '../../lib/nodes/unclaimed.ts';
import type { FileRules } from '../data/file-rules.ts';
import { FileTally } from '../data/file-tally.ts';
import type { StoredArtifacts } from '../data/stored-artifacts.ts';
import { walkFiles } from '../data/walk-files.ts';
import type { HashCache } from './hash-cache.ts';
import { hashOne } from './scan-files.ts';

interface OutsideTools {
  /** Where files count as data besides the data root: real paths, none within another. */
  readonly paths: readonly string[];
  /** The data root, which may lie within one of them; the inventory has it already. */
  readonly root: string;
  readonly rules: FileRules;
  /** Files that wait in the log of puts are claimed. */
  readonly isPut: (path: string) => boolean;
  /** When this machine became a node, in milliseconds: older files came with it. */
  readonly enrolledAtMs: number;
  readonly cache: HashCache;
  readonly stored: Pick<StoredArtifacts, 'has' | 'hasSize'>;
}

interface Outside {
  readonly unclaimed: Unclaimed;
  /** Files that a claim matches, whatever their age. */
  readonly claimed: readonly string[];
  /** Copies of artifacts that this agent remembers the store to have, by their absolute paths. */
  readonly copies: readonly InventoryEntry[];
}

/** Some file systems count time in steps of two seconds. */
const CLOCK_STEP_MS = 2000;
/** More paths than this do not fit in the agent's memory with ease; claims of so many small files want packing. */
const MAX_CLAIMED = 100_000;
/** Half of the time between two inventories: a disk that takes longer is looked at all the time. */
const BUDGET_SECONDS = 300;

const scanPaths = async (tools: OutsideTools, signal: AbortSignal): Promise<Outside> => {
  const { paths, root, rules, isPut, enrolledAtMs, cache, stored } = tools;
  const tally = new FileTally();
  const claimed: string[] = [];
  const copies: InventoryEntry[] = [];
  const isKnown = async (path: string, bytes: number): Promise<boolean> => {
    if (!stored.hasSize(bytes)) return false;
    const found = await hashOne(root, path, cache, signal);
    if (typeof found !== 'object' || !stored.has(found.artifactId)) return false;
    copies.push(found);
    return true;
  };
  const skips = (folder: string): boolean => folder === root || rules.skips(folder);
  for (const start of paths) {
    if (skips(start)) continue;
    for await (const files of walkFiles(start, { skips, signal })) {
      for (const { path, bytes, changedAtMs } of files) {
        // An empty file holds nothing that could be lost, and cannot be an artifact.
        if (bytes === 0) continue;
        if (rules.claimOf(path) !== undefined || isPut(path)) {
          claimed.push(path);
          if (claimed.length > MAX_CLAIMED) {
            throw new TransientError(
              `more than ${MAX_CLAIMED} files match the claims: pack them, or claim fewer`,
            );
          }
        } else if (changedAtMs >= enrolledAtMs - CLOCK_STEP_MS && !rules.isIgnored(path)) {
          if (!(await isKnown(path, bytes))) tally.add(path, bytes);
        }
      }
    }
  }
  return { unclaimed: tally.total, claimed, copies };
};

/**
 * The files outside of the data root that count as data.
 * @throws when a folder cannot be read, or it takes too long (also of a disk that hangs): what was not seen is unknown
 */
const scanOutside = async (
  tools: OutsideTools,
  signal: AbortSignal,
  budgetSeconds = BUDGET_SECONDS,
): Promise<Outside> => {
  const budget = new AbortController();
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<never>((_resolve, reject) => {
    timer = setTimeout(() => {
      const error = new TransientError(
        `looking through ${tools.paths.join(', ')} takes more than ${budgetSeconds} s: ignore folders that hold no data, or give --data-paths`,
      );
      budget.abort(error);
      reject(error);
    }, budgetSeconds * 1000);
  });
  try {
    return await Promise.race([scanPaths(tools, AbortSignal.any([signal, budget.signal])), late]);
  } finally {
    clearTimeout(timer);
  }
};

export type { Outside, OutsideTools };
export { scanOutside };
