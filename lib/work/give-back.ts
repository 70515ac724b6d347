import { settleLease } from './settle-lease.ts';
import { changeWork } from './tell-work.ts';
import type { WorkItem } from './work-item.ts';
import type { WorkPorts } from './work-ports.ts';
import { returnItem } from './work-steps.ts';

/**
 * Takes work from its node without its fault, and lets it wait again. Nothing happens when the item changed since it was read.
 * @param avoidSeconds so long it is not given to that node
 */
const giveBack = async (
  ports: WorkPorts,
  item: WorkItem,
  reason: string,
  avoidSeconds: number,
): Promise<void> => {
  const returned = await changeWork(ports, item, returnItem(item, reason, ports.clock.now(), avoidSeconds));
  if (returned !== undefined) await settleLease(ports, returned);
};

export { giveBack };
