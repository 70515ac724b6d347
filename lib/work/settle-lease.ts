import type { NodeStore } from '../nodes/node-store.ts';
import { type TellPorts, tellWork } from './tell-work.ts';
import type { WorkItem } from './work-item.ts';

interface SettlePorts extends TellPorts {
  readonly nodes: Pick<NodeStore, 'releaseLease'>;
}

/** What the end of a lease says about its node. A job that cannot succeed anywhere says nothing. */
const endedOf = ({ settled }: WorkItem): 'succeeded' | 'failed' | undefined => {
  switch (settled?.as) {
    case 'succeeded':
      return 'succeeded';
    case 'retried':
    case 'failed':
      return settled.reason === 'permanent' || settled.reason === 'preempted' ? undefined : 'failed';
    default:
      return undefined;
  }
};

/**
 * What follows from the end of an item's last lease: the slot is free, and it is said. First the slot, for who hears of it looks for
 * free slots. Harmless when repeated.
 */
const settleLease = async (ports: SettlePorts, item: WorkItem): Promise<void> => {
  const { settled } = item;
  if (settled !== undefined) await ports.nodes.releaseLease(settled.nodeId, settled.token, endedOf(item));
  await tellWork(ports, item);
};

export type { SettlePorts };
export { settleLease };
