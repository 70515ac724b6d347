import { runLimited } from '../run-limited.ts';
import { settleLease } from './settle-lease.ts';
import type { WorkPorts } from './work-ports.ts';

interface UntoldCounts {
  /** Items of which a crash swallowed what was to be told. */
  retold: number;
}

const PARALLEL_ITEMS = 16;

/** Tells what a crash between a change and its event swallowed. @returns what went wrong */
const sweepUntold = async (
  ports: Pick<WorkPorts, 'work' | 'nodes' | 'publisher'>,
  counts: UntoldCounts,
): Promise<unknown[]> =>
  runLimited(await ports.work.listUntold(), PARALLEL_ITEMS, async (workId) => {
    const item = await ports.work.get(workId);
    if (item?.untold === undefined) return;
    await settleLease(ports, item);
    counts.retold += 1;
  });

export type { UntoldCounts };
export { sweepUntold };
