import { throwCollected } from '../collected-errors.ts';
import { runLimited } from '../run-limited.ts';
import { toTimestamp } from '../time.ts';
import { changeWork, tellWork } from './tell-work.ts';
import { type WorkItem, workClassSchema } from './work-item.ts';
import type { WorkPorts } from './work-ports.ts';
import { cancelItem } from './work-steps.ts';

interface BlockedCounts {
  released: number;
  cancelled: number;
}

type BlockedPorts = Pick<WorkPorts, 'work' | 'publisher' | 'clock'>;

const PARALLEL_ITEMS = 16;

const settleBlocked = async (ports: BlockedPorts, item: WorkItem, counts: BlockedCounts): Promise<void> => {
  const { work, clock } = ports;
  const open: string[] = [];
  for (const workId of item.waitsFor) {
    const status = (await work.get(workId))?.status;
    if (status === 'failed' || status === 'cancelled') {
      const reason = `${workId}, which it waits for, is ${status}`;
      const ended = await changeWork(ports, item, cancelItem(item, reason, clock.now()));
      if (ended === undefined) return;
      counts.cancelled += 1;
      return tellWork(ports, ended);
    }
    // Work leaves the table long after it ended, and whoever waits for it hears within minutes: it succeeded.
    if (status !== undefined && status !== 'succeeded') open.push(workId);
  }
  if (open.length === item.waitsFor.length) return;
  const released: WorkItem = {
    ...item,
    waitsFor: open,
    ...(open.length === 0 ? { status: 'pending', availableAt: toTimestamp(clock.now()) } : {}),
  };
  if ((await work.replace(released)) && open.length === 0) counts.released += 1;
};

const listBlocked = async ({ work }: BlockedPorts): Promise<WorkItem[]> => {
  const lists = await Promise.all(
    workClassSchema.options.map((workClass) => work.listByStatus('blocked', workClass)),
  );
  return lists.flat();
};

/** Items whose dependencies ended wait for a node now, or never will. @returns what went wrong */
const sweepBlocked = async (ports: BlockedPorts, counts: BlockedCounts): Promise<unknown[]> =>
  runLimited(await listBlocked(ports), PARALLEL_ITEMS, (item) => settleBlocked(ports, item, counts));

/**
 * The same for what waits for this one work, as soon as it ended.
 * @throws TransientError with what went wrong
 */
const settleDependents = async (ports: BlockedPorts, workId: string): Promise<BlockedCounts> => {
  const counts: BlockedCounts = { released: 0, cancelled: 0 };
  const dependents = (await listBlocked(ports)).filter(({ waitsFor }) => waitsFor.includes(workId));
  const errors = await runLimited(dependents, PARALLEL_ITEMS, (item) => settleBlocked(ports, item, counts));
  throwCollected(errors, `not all that waits for ${workId} could be looked at`);
  return counts;
};

export type { BlockedCounts };
export { settleDependents, sweepBlocked };
