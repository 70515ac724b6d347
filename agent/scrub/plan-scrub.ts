/** How far the scrub is, over restarts. */
interface ScrubProgress {
  /** The last path that was read; the empty string: none yet. */
  readonly after: string;
  /** Bytes that may be read beyond what this round adds; below 0 after a large file. */
  readonly allowanceBytes: number;
}

interface ScrubFile {
  readonly path: string;
  readonly bytes: number;
}

interface ScrubPlan {
  /** To be read now, in this order. */
  readonly files: readonly ScrubFile[];
  readonly progress: ScrubProgress;
}

/**
 * Which files a round reads: on from where the last one ended, round and round in the order of their paths, as many bytes as the share of
 * the round in `days` days. A file larger than that is read at once, and the rounds after it wait. Pure.
 */
const planScrub = (
  known: readonly ScrubFile[],
  progress: ScrubProgress,
  share: { readonly roundSeconds: number; readonly days: number },
): ScrubPlan => {
  const sorted = [...known].sort((a, b) => (a.path < b.path ? -1 : 1));
  const total = sorted.reduce((sum, { bytes }) => sum + bytes, 0);
  const perRound = (total * share.roundSeconds) / (share.days * 86_400);
  // Nodes that were away for long must not catch up at once.
  let allowance = Math.min(progress.allowanceBytes, 0) + perRound;
  const start = sorted.findIndex(({ path }) => path > progress.after);
  const order = start < 0 ? sorted : [...sorted.slice(start), ...sorted.slice(0, start)];
  const files: ScrubFile[] = [];
  for (const file of order) {
    if (allowance <= 0) break;
    files.push(file);
    allowance -= file.bytes;
  }
  return { files, progress: { after: files.at(-1)?.path ?? progress.after, allowanceBytes: allowance } };
};

export type { ScrubFile, ScrubPlan, ScrubProgress };
export { planScrub };
