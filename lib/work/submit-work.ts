import { PermanentError } from '../errors.ts';
import type { Publisher } from '../events/publisher.ts';
import { submittedEvent } from './work-announcements.ts';
import type { WorkItem } from './work-item.ts';
import type { WorkStore } from './work-store.ts';

interface SubmitPorts {
  readonly work: Pick<WorkStore, 'get' | 'create'>;
  readonly publisher: Publisher;
}

interface Submission {
  /** As they were written. */
  readonly created: readonly WorkItem[];
  /** Those that were there already: submitted before. */
  readonly existing: readonly string[];
}

/** What the item still waits for. @throws PermanentError when something of it is not there, or will not succeed */
const openDependencies = async ({ work }: SubmitPorts, { workId, waitsFor }: WorkItem): Promise<string[]> => {
  const open: string[] = [];
  for (const dependency of waitsFor) {
    const found = await work.get(dependency);
    if (found === undefined)
      throw new PermanentError(
        `${workId} depends on ${dependency}, which is not there: see drover work list for what is`,
      );
    if (found.status === 'failed' || found.status === 'cancelled')
      throw new PermanentError(
        `${workId} depends on ${dependency}, which is ${found.status}: run drover work retry ${dependency} first, or leave it out`,
      );
    if (found.status !== 'succeeded') open.push(dependency);
  }
  return open;
};

/**
 * Writes new work, in this order, so that an item may depend on one before it. Harmless when repeated: an item that is there stays as it
 * is. An event that a crash swallows only costs time, for work is looked for each minute.
 * @throws PermanentError when a dependency is not there or did not succeed; what came before it was submitted
 */
const submitWork = async (ports: SubmitPorts, items: readonly WorkItem[]): Promise<Submission> => {
  const created: WorkItem[] = [];
  const existing: string[] = [];
  try {
    for (const item of items) {
      const waitsFor = await openDependencies(ports, item);
      const next: WorkItem = { ...item, waitsFor, status: waitsFor.length === 0 ? 'pending' : 'blocked' };
      if (await ports.work.create(next)) created.push(next);
      else existing.push(item.workId);
    }
  } finally {
    if (created.length > 0) await ports.publisher.publish(created.map(submittedEvent));
  }
  return { created, existing };
};

export type { Submission, SubmitPorts };
export { submitWork };
