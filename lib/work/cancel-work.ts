import { PermanentError, TransientError } from '../errors.ts';
import type { Publisher } from '../events/publisher.ts';
import type { Clock } from '../time.ts';
import { type SendCancelPorts, sendCancel } from './send-cancel.ts';
import { changeWork, tellWork } from './tell-work.ts';
import { isEnded, type WorkItem } from './work-item.ts';
import { cancelItem } from './work-steps.ts';
import type { WorkStore } from './work-store.ts';

interface CancelPorts extends SendCancelPorts {
  readonly work: Pick<WorkStore, 'get' | 'replace' | 'markTold'>;
  readonly publisher: Publisher;
  readonly clock: Clock;
}

/** A node may speak of the work between the read and the write. */
const MAX_TRIES = 4;

/**
 * Ends work that somebody wants no more. What waits is cancelled at once. What a node holds is cancelled once the node gave it back: it is
 * told now, and every minute until then.
 * @returns the item as it is written
 * @throws PermanentError when it is not there, or ended already
 */
const cancelWork = async (
  ports: CancelPorts,
  workId: string,
  { by, reason }: { readonly by: string; readonly reason: string },
): Promise<WorkItem> => {
  const { work, clock } = ports;
  for (let tries = 0; tries < MAX_TRIES; tries += 1) {
    const item = await work.get(workId);
    if (item === undefined) throw new PermanentError(`there is no work ${workId}: see drover work list`);
    if (isEnded(item.status)) throw new PermanentError(`${workId} is ${item.status} already`);
    const { lease } = item;
    if (lease === undefined) {
      const cancelled = await changeWork(
        ports,
        item,
        cancelItem({ ...item, cancelRequestedBy: by }, reason, clock.now()),
      );
      if (cancelled === undefined) continue;
      await tellWork(ports, cancelled);
      return cancelled;
    }
    const requested: WorkItem = { ...item, cancelRequestedBy: by };
    if (!(await work.replace(requested))) continue;
    await sendCancel(ports, { ...lease, workId }, reason, clock.now());
    return requested;
  }
  throw new TransientError(`${workId} changed ${MAX_TRIES} times meanwhile: try again`);
};

export type { CancelPorts };
export { cancelWork };
