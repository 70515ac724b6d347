import type { Node } from '../nodes/node.ts';
import { runLimited } from '../run-limited.ts';
import { secondsSince, toTimestamp } from '../time.ts';
import { sendCancel } from './send-cancel.ts';
import { settleLease } from './settle-lease.ts';
import type { WorkItem } from './work-item.ts';
import type { WorkPorts } from './work-ports.ts';

interface NodeLeaseCounts {
  undone: number;
  finished: number;
  strays: number;
}

/** Who ended the lease a moment ago is about to free the slot. */
const FINISH_AFTER_SECONDS = 30;
const PARALLEL_NODES = 16;

const holds = (item: WorkItem | undefined, nodeId: string, token: string): boolean =>
  item?.lease?.token === token && item.lease.nodeId === nodeId;

/** A lease that the listed items do not mark: it is being made, was never marked, or its work ended. The item itself tells. */
const settleUnmarked = async (
  ports: WorkPorts,
  { nodeId, leases }: Node,
  token: string,
  counts: NodeLeaseCounts,
): Promise<void> => {
  const lease = leases[token];
  if (lease === undefined) return;
  const item = await ports.work.get(lease.workId);
  if (holds(item, nodeId, token)) return;
  const now = ports.clock.now();
  const { settled } = item ?? {};
  if (item !== undefined && settled?.token === token && settled.nodeId === nodeId) {
    if (secondsSince(settled.at, now) < FINISH_AFTER_SECONDS) return;
    await settleLease(ports, item);
    counts.finished += 1;
    return;
  }
  // Until then the mark may still come.
  if (lease.startBy !== undefined && toTimestamp(now) < lease.startBy) return;
  await ports.nodes.releaseLease(nodeId, token);
  counts.undone += 1;
};

/** Work that a node says it runs, under a lease that it has no more: it is told to stop, for nobody will take its result. */
const cancelStrays = async (
  ports: WorkPorts,
  { nodeId, leases, heartbeat }: Node,
  counts: NodeLeaseCounts,
): Promise<void> => {
  for (const { token, workId } of heartbeat?.work ?? []) {
    if (leases[token] !== undefined) continue;
    const item = await ports.work.get(workId);
    if (holds(item, nodeId, token)) continue;
    counts.strays += 1;
    const now = ports.clock.now();
    await sendCancel(ports, { token, workId, nodeId }, 'the lease ended', now);
  }
};

/** Leases that no item marks, and work without a lease. @returns what went wrong */
const sweepNodeLeases = async (
  ports: WorkPorts,
  nodes: readonly Node[],
  items: readonly WorkItem[],
  counts: NodeLeaseCounts,
): Promise<unknown[]> => {
  const marked = new Map(items.map((item) => [item.workId, item]));
  return runLimited(nodes, PARALLEL_NODES, async (node) => {
    for (const [token, { workId }] of Object.entries(node.leases))
      if (!holds(marked.get(workId), node.nodeId, token)) await settleUnmarked(ports, node, token, counts);
    await cancelStrays(ports, node, counts);
  });
};

export type { NodeLeaseCounts };
export { sweepNodeLeases };
