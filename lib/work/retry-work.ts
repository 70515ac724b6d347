import { PermanentError, TransientError } from '../errors.ts';
import type { Publisher } from '../events/publisher.ts';
import { type Clock, toTimestamp } from '../time.ts';
import { changeWork, tellWork } from './tell-work.ts';
import type { WorkItem } from './work-item.ts';
import type { WorkStore } from './work-store.ts';

interface RetryPorts {
  readonly work: Pick<WorkStore, 'get' | 'replace' | 'markTold'>;
  readonly publisher: Publisher;
  readonly clock: Clock;
}

const MAX_TRIES = 4;

/** Work that ended without success as it waits again: with more attempts, anywhere, and its history. Pure. */
const retryItem = (item: WorkItem, moreAttempts: number, now: Date): WorkItem => {
  const { endedAt: _endedAt, endReason: _endReason, cancelRequestedBy: _by, ...rest } = item;
  return {
    ...rest,
    status: item.waitsFor.length === 0 ? 'pending' : 'blocked',
    availableAt: toTimestamp(now),
    maxAttempts: item.attempts + moreAttempts,
    returns: 0,
    avoid: {},
  };
};

/**
 * Lets work that failed or was cancelled be tried again.
 * @returns the item as it is written
 * @throws PermanentError when it is not there, or did not end so
 */
const retryWork = async (ports: RetryPorts, workId: string, moreAttempts: number): Promise<WorkItem> => {
  const { work, clock } = ports;
  for (let tries = 0; tries < MAX_TRIES; tries += 1) {
    const item = await work.get(workId);
    if (item === undefined) throw new PermanentError(`there is no work ${workId}: see drover work list`);
    if (item.status !== 'failed' && item.status !== 'cancelled')
      throw new PermanentError(
        `${workId} is ${item.status}: only what failed or was cancelled is tried again`,
      );
    const retried = await changeWork(ports, item, retryItem(item, moreAttempts, clock.now()));
    if (retried === undefined) continue;
    await tellWork(ports, retried);
    return retried;
  }
  throw new TransientError(`${workId} changed ${MAX_TRIES} times meanwhile: try again`);
};

export type { RetryPorts };
export { retryWork };
