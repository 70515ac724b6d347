import { secondsSince, toTimestamp } from '../time.ts';
import type { Brake, NextBrake } from './brake.ts';

/** What the brake knows of one expected node. */
interface WatchedNode {
  /** When it last became unhealthy or unreachable, whether it recovered since or not. */
  readonly turnedBadAt?: string | undefined;
}

/** Both the window in which changes count together, and how long the brake outlasts the last of them (design.md section 5). */
const BRAKE_WINDOW_SECONDS = 900;
const BRAKE_MIN_NODES = 3;
const BRAKE_MORE_THAN_PERCENT = 20;

type BrakeReason = 'few-changes' | 'mass-failure' | 'quiet-period' | 'quiet-again';

interface BrakeDecision {
  readonly action: 'release' | 'hold';
  readonly reason: BrakeReason;
  readonly evidence: NextBrake;
}

const isRecent = (timestamp: string | undefined, now: Date): boolean =>
  timestamp !== undefined && secondsSince(timestamp, now) < BRAKE_WINDOW_SECONDS;

/**
 * Whether so many nodes turned bad within 15 minutes that the observer is the suspect. Once on, every further change keeps it on,
 * and it ends 15 minutes after the last. Pure.
 * @param nodes the expected ones only: those that ended, or are being ended on purpose, do not count
 */
const decideBrake = (before: Brake | undefined, nodes: readonly WatchedNode[], now: Date): BrakeDecision => {
  const changes = nodes
    .flatMap(({ turnedBadAt }) => (turnedBadAt === undefined ? [] : [turnedBadAt]))
    .filter((turnedBadAt) => isRecent(turnedBadAt, now));
  const counts = { evaluatedAt: toTimestamp(now), changed: changes.length, expected: nodes.length };
  const isMass =
    changes.length >= BRAKE_MIN_NODES && changes.length * 100 > nodes.length * BRAKE_MORE_THAN_PERCENT;
  const wasOn = before?.on === true;
  if (!isMass && !wasOn) {
    return { action: 'release', reason: 'few-changes', evidence: { ...counts, on: false } };
  }
  // What put it on may have ended since: its time is kept.
  const lastChangeAt = [...changes, ...(before?.lastChangeAt === undefined ? [] : [before.lastChangeAt])]
    .sort()
    .at(-1);
  if (!isMass && !isRecent(lastChangeAt, now)) {
    return { action: 'release', reason: 'quiet-again', evidence: { ...counts, on: false } };
  }
  const since = wasOn && before.since !== undefined ? before.since : toTimestamp(now);
  return {
    action: 'hold',
    reason: isMass ? 'mass-failure' : 'quiet-period',
    evidence: { ...counts, on: true, since, ...(lastChangeAt === undefined ? {} : { lastChangeAt }) },
  };
};

export type { BrakeDecision, BrakeReason, WatchedNode };
export { BRAKE_WINDOW_SECONDS, decideBrake };
