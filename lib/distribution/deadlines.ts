import type { DistributionPolicy } from './policy.ts';

/** The reference counts megabytes of 10^6 bytes. */
const BYTES_PER_MB = 1_000_000;

/** The pull rate of sync 4.7: 60 s and 2.5 s for each MB, which 0.4 MB/s keep. */
const BASE_SECONDS = 60;
const SECONDS_PER_MB = 2.5;

const MIN_TRANSFER_SECONDS = 120;
/** The cap of sync 4.7, reached at 936 MB. */
const MAX_TRANSFER_SECONDS = 2400;
/** Beyond that cap each MB gets 0.25 s (4 MB/s): a capped deadline would make files of several GB impossible. */
const SECONDS_PER_LARGE_MB = 0.25;
/** SQS keeps a received message hidden for at most 12 h: an attempt must end before. */
const LONGEST_TRANSFER_SECONDS = 11 * 3600;

const MAX_DISTRIBUTION_SECONDS = 86_400;

/** The agent says itself that the deadline passed; its answer gets this long before the sweep speaks for it. */
const ANSWER_GRACE_SECONDS = 30;

/**
 * How long one attempt may take. Source: sync 4.7, pull: clamp(60 + 2.5 s/MB, 120, 2400); above 936 MB another
 * 0.25 s/MB; at least one and a half times what a bandwidth cap makes necessary; never above 11 h.
 */
const transferDeadlineSeconds = (
  bytes: number,
  policy: Pick<DistributionPolicy, 'bandwidthBytesPerSecond'> = {},
): number => {
  const bySize = BASE_SECONDS + SECONDS_PER_MB * (bytes / BYTES_PER_MB);
  const largeMb = Math.max(0, bytes / BYTES_PER_MB - (MAX_TRANSFER_SECONDS - BASE_SECONDS) / SECONDS_PER_MB);
  const allowed =
    Math.min(Math.max(bySize, MIN_TRANSFER_SECONDS), MAX_TRANSFER_SECONDS) + SECONDS_PER_LARGE_MB * largeMb;
  const capped =
    policy.bandwidthBytesPerSecond === undefined
      ? 0
      : BASE_SECONDS + (1.5 * bytes) / policy.bandwidthBytesPerSecond;
  return Math.ceil(Math.min(Math.max(allowed, capped), LONGEST_TRANSFER_SECONDS));
};

/**
 * How long a distribution waits before it ends as incomplete. Source: 300 s is the wait of sync 7.6; larger artifacts
 * get the pull rate of sync 4.7: clamp(60 + 2.5 s/MB, policy.deadlineSeconds, 86400).
 */
const distributionDeadlineSeconds = (
  bytes: number,
  policy: Pick<DistributionPolicy, 'deadlineSeconds'>,
): number => {
  const bySize = BASE_SECONDS + SECONDS_PER_MB * (bytes / BYTES_PER_MB);
  return Math.ceil(Math.min(Math.max(bySize, policy.deadlineSeconds), MAX_DISTRIBUTION_SECONDS));
};

export { ANSWER_GRACE_SECONDS, distributionDeadlineSeconds, transferDeadlineSeconds };
