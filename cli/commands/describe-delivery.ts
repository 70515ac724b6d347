import type { Delivery } from '../../lib/distribution/delivery.ts';
import { formatBytes } from '../output/bytes.ts';

/** A delivery in words, the same on every screen. */
const describeDelivery = (delivery: Delivery): { state: string; progress: string; reason: string } => {
  const { state, attempt, bytesDone, bytesTotal, lastFailure, verifiedAt, dueAt } = delivery;
  const failure = lastFailure ? `${lastFailure.class}: ${lastFailure.message}` : '';
  return {
    state: attempt > 1 ? `${state} (attempt ${attempt})` : state,
    progress:
      state === 'verified'
        ? formatBytes(bytesTotal)
        : bytesDone === undefined
          ? `? of ${formatBytes(bytesTotal)}`
          : `${formatBytes(bytesDone)} of ${formatBytes(bytesTotal)}`,
    reason:
      state === 'verified'
        ? `verified ${verifiedAt ?? ''}`.trim()
        : state === 'pending' && failure && dueAt
          ? `${failure}; again at ${dueAt}`
          : failure,
  };
};

export { describeDelivery };
