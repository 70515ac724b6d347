import type { Publisher } from '../events/publisher.ts';
import { withUntold } from './untold.ts';
import { eventOf } from './work-announcements.ts';
import type { WorkItem } from './work-item.ts';
import type { WorkStore } from './work-store.ts';

interface TellPorts {
  readonly work: Pick<WorkStore, 'markTold'>;
  readonly publisher: Publisher;
}

/**
 * Writes the next state of an item, and in the same write what is to be told of it.
 * @returns the item as it is written, for `tellWork`; undefined when another was faster
 */
const changeWork = async (
  { work }: { readonly work: Pick<WorkStore, 'replace'> },
  before: WorkItem,
  next: WorkItem,
): Promise<WorkItem | undefined> => {
  const change = withUntold(before, next);
  return (await work.replace(change)) ? { ...change, revision: change.revision + 1 } : undefined;
};

/**
 * Tells what an item has to be told of, then takes it off. Until then whoever changes the item next, or the sweep, tells it again
 * under the same ids: so no crash swallows an event.
 * @param item as it is written
 */
const tellWork = async ({ work, publisher }: TellPorts, item: WorkItem): Promise<void> => {
  const { untold = [] } = item;
  if (untold.length === 0) return;
  await publisher.publish(untold.map((one) => eventOf(item, one)));
  await work.markTold(item);
};

export type { TellPorts };
export { changeWork, tellWork };
