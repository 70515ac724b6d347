import type { Node } from '../nodes/node.ts';
import { addSeconds, type Clock } from '../time.ts';
import { classesOf, standingRefusal } from './node-fit.ts';
import type { NodePolicy } from './work-config.ts';
import type { WorkClass, WorkItem } from './work-item.ts';
import type { WorkStore } from './work-store.ts';

interface PendingWorkPorts {
  readonly work: Pick<WorkStore, 'listByStatus'>;
  policies(): Promise<readonly NodePolicy[]>;
  readonly clock: Clock;
}

/** Limits that a count is compared with are far below: more than that is more than that. */
const MAX_COUNTED = 1000;
/** All nodes of one look at a provider are asked within this: what waits is read once for them. */
const KEPT_SECONDS = 20;

/**
 * How much of what waits a node could take, by its hardware, its labels and the policies, however busy it is now.
 * @throws as the store does when that cannot be read: unknown is not 0
 */
const createPendingWork = ({
  work,
  policies,
  clock,
}: PendingWorkPorts): ((node: Node) => Promise<number>) => {
  const kept = new Map<WorkClass, { readonly items: Promise<WorkItem[]>; readonly until: Date }>();
  const waiting = (workClass: WorkClass): Promise<WorkItem[]> => {
    const now = clock.now();
    const known = kept.get(workClass);
    if (known !== undefined && now < known.until) return known.items;
    const items = work.listByStatus('pending', workClass, MAX_COUNTED);
    kept.set(workClass, { items, until: addSeconds(now, KEPT_SECONDS) });
    items.catch(() => kept.delete(workClass));
    return items;
  };
  return async (node) => {
    const [rules, ...lists] = await Promise.all([policies(), ...classesOf(node).map(waiting)]);
    return lists.flat().filter((item) => standingRefusal(node, item, rules) === undefined).length;
  };
};

export { createPendingWork };
