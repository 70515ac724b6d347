import { assertNever } from '../errors.ts';
import type { BackpressureLevel, BackpressureReading, BackpressureSource } from './backpressure.ts';
import type { WorkPolicy } from './work-policy.ts';

/** What waits downstream. What is not known is absent. */
interface BackpressureFacts {
  /** Jobs that wait, of everybody. */
  readonly waiting?: number | undefined;
  readonly trainingWaiting?: number | undefined;
  /** Bytes that are not in the store yet, of the nodes that say so. */
  readonly unsynced?: { readonly bytes: number; readonly nodes: number } | undefined;
  /** Live nodes that say how full their disk is, and those that are too full to work. */
  readonly disks?: { readonly nodes: number; readonly full: number } | undefined;
}

interface BackpressureDecision {
  readonly action: BackpressureLevel;
  /** The sources that are at this level; empty at `none`. */
  readonly reason: readonly BackpressureSource[];
  readonly evidence: readonly BackpressureReading[];
}

/** Of a hard limit. One scale for all sources: at 95 % every source, and so every screen, says `stop` (events 6-8). */
const SLOW_FROM = 0.75;
const STOP_FROM = 0.9;
/** Below these it gets better again. Without a gap it would change every minute. */
const SLOW_UNTIL = 0.6;
const STOP_UNTIL = 0.75;

const LEVELS = ['none', 'slow', 'stop'] as const satisfies readonly BackpressureLevel[];

/** 0, 1, 2: as a metric. */
const levelNumber = (level: BackpressureLevel): number => LEVELS.indexOf(level);

const levelOf = (before: BackpressureLevel, fraction: number): BackpressureLevel => {
  if (fraction >= STOP_FROM) return 'stop';
  switch (before) {
    case 'stop':
      if (fraction >= STOP_UNTIL) return 'stop';
      return fraction >= SLOW_UNTIL ? 'slow' : 'none';
    case 'slow':
      return fraction >= SLOW_UNTIL ? 'slow' : 'none';
    case 'none':
      return fraction >= SLOW_FROM ? 'slow' : 'none';
    default:
      return assertNever(before);
  }
};

interface Measured {
  readonly source: BackpressureSource;
  readonly fraction?: number;
  readonly message: string;
}

const GIGABYTE = 1_000_000_000;

const countOf = (
  source: BackpressureSource,
  waiting: number | undefined,
  limit: number,
  what: string,
): Measured =>
  waiting === undefined
    ? { source, message: `it is not known how many ${what} wait` }
    : { source, fraction: waiting / limit, message: `${waiting} ${what} wait; the hard limit is ${limit}` };

const unsyncedOf = (
  unsynced: BackpressureFacts['unsynced'],
  { unsyncedGigabytesPerNode: limit }: WorkPolicy,
): Measured => {
  const source = 'unsynced-data';
  if (unsynced === undefined || unsynced.nodes === 0)
    return { source, message: 'no node says how much of its data is not in the store' };
  const gigabytes = unsynced.bytes / unsynced.nodes / GIGABYTE;
  return {
    source,
    fraction: gigabytes / limit,
    message: `${gigabytes.toFixed(1)} GB per node are not in the store yet; the hard limit is ${limit} GB`,
  };
};

const diskOf = (disks: BackpressureFacts['disks'], { fullNodesPercent: limit }: WorkPolicy): Measured => {
  const source = 'disk';
  if (disks === undefined || disks.nodes === 0)
    return { source, message: 'no node says how full its disk is' };
  const percent = (100 * disks.full) / disks.nodes;
  return {
    source,
    fraction: percent / limit,
    message: `${disks.full} of ${disks.nodes} nodes have a full disk; the hard limit is ${limit} %`,
  };
};

/**
 * Whether less work is to be made, or none, because what was made waits. The worst source decides; each has a memory, and a source that
 * is not known stays where it was: silence neither stops the fleet nor lets it go. Sync is never held back by it. Pure.
 */
const decideBackpressure = (
  facts: BackpressureFacts,
  before: readonly BackpressureReading[],
  policy: WorkPolicy,
): BackpressureDecision => {
  const measured: readonly Measured[] = [
    countOf('queue', facts.waiting, policy.maximumDepth, 'jobs'),
    unsyncedOf(facts.unsynced, policy),
    diskOf(facts.disks, policy),
    countOf('training', facts.trainingWaiting, policy.trainingBacklog, 'jobs of type training'),
  ];
  const evidence = measured.map((one): BackpressureReading => {
    const last = before.find(({ source }) => source === one.source)?.level ?? 'none';
    return { ...one, level: one.fraction === undefined ? last : levelOf(last, one.fraction) };
  });
  const action =
    LEVELS.toReversed().find((level) => evidence.some((reading) => reading.level === level)) ?? 'none';
  return {
    action,
    reason:
      action === 'none' ? [] : evidence.filter(({ level }) => level === action).map(({ source }) => source),
    evidence,
  };
};

export type { BackpressureDecision, BackpressureFacts };
export { decideBackpressure, levelNumber };
