import { throwCollected } from '../collected-errors.ts';
import { assertNever } from '../errors.ts';
import { reportLagSeconds } from '../health/report-lag.ts';
import type { Node } from '../nodes/node.ts';
import { runLimited } from '../run-limited.ts';
import { sendRun } from './assign-work.ts';
import { decideLease, type LeaseDecision, type LeaseSurroundings } from './decide-lease.ts';
import { listNodes } from './dispatch-work.ts';
import { giveBack } from './give-back.ts';
import { sendCancel } from './send-cancel.ts';
import { sweepBlocked } from './sweep-blocked.ts';
import { sweepNodeLeases } from './sweep-node-leases.ts';
import { sweepUntold, type UntoldCounts } from './sweep-untold.ts';
import { changeWork, tellWork } from './tell-work.ts';
import { type WorkItem, workClassSchema } from './work-item.ts';
import type { WorkPorts } from './work-ports.ts';
import { startItem } from './work-steps.ts';

interface WorkSweepCounts extends UntoldCounts {
  /** Items that a node holds. */
  open: number;
  /** What was done about them, by reason; what is as it should be is not counted. */
  steps: Partial<Record<LeaseDecision['reason'], number>>;
  /** Leases of nodes that no item marks: undone, or finished. */
  undone: number;
  finished: number;
  /** Work that a node runs without a lease for it. */
  strays: number;
  /** Items whose dependencies ended. */
  released: number;
  cancelled: number;
}

const PARALLEL_ITEMS = 16;
/** A node that did not start work is not given it again at once. */
const NOT_STARTED_AVOID_SECONDS = 60;

const listOpen = async ({ work }: WorkPorts): Promise<WorkItem[]> => {
  const lists = await Promise.all(
    workClassSchema.options.flatMap((workClass) => [
      work.listByStatus('leased', workClass),
      work.listByStatus('running', workClass),
    ]),
  );
  return lists.flat();
};

const act = async (ports: WorkPorts, item: WorkItem, { action, reason }: LeaseDecision): Promise<void> => {
  const { lease } = item;
  if (lease === undefined) return;
  const now = ports.clock.now();
  switch (action) {
    case 'keep':
      return;
    case 'start': {
      const started = await changeWork(ports, item, startItem(item, now.toISOString()));
      if (started !== undefined) await tellWork(ports, started);
      return;
    }
    case 'resend':
      await sendRun(ports, item);
      return;
    case 'cancel':
      await sendCancel(
        ports,
        { ...lease, workId: item.workId },
        `cancelled by ${item.cancelRequestedBy}`,
        now,
      );
      return;
    case 'return':
      return giveBack(ports, item, reason, reason === 'not-started' ? NOT_STARTED_AVOID_SECONDS : 0);
    case 'expire':
      // The node item decides: a heartbeat that comes now keeps the work there.
      if (await ports.nodes.expireLease(lease.nodeId, lease.token, now))
        await giveBack(ports, item, reason, 0);
      return;
    default:
      return assertNever(action);
  }
};

/** The node of an item as it is now. What the listing says is older than the item may be, so nothing is taken from a node by it. */
const currentNode = async (
  { nodes }: WorkPorts,
  listed: ReadonlyMap<string, Node>,
  { lease }: WorkItem,
): Promise<Node | undefined> => {
  if (lease === undefined) return undefined;
  const node = listed.get(lease.nodeId);
  return node?.leases[lease.token] === undefined ? nodes.get(lease.nodeId) : node;
};

const surroundingsOf = async (
  ports: WorkPorts,
  nodes: readonly Node[],
  now: Date,
): Promise<LeaseSurroundings> => {
  const lag = reportLagSeconds(nodes, now);
  const { lateReportSeconds } = await ports.settings();
  return {
    reportsLate: lag !== undefined && lag > lateReportSeconds,
    nobodyHeard: lag === undefined,
    observerSuspect: await ports.observerSuspect(now),
  };
};

/**
 * Each minute: finishes or undoes what a crash left half-made, takes work from nodes that are gone, lets go what waited for work
 * that ended, and tells what was not told. Whatever it does can be done again.
 * @throws TransientError with what went wrong, after everything was looked at
 */
const sweepWork = async (ports: WorkPorts): Promise<WorkSweepCounts> => {
  // Items before nodes: a lease is granted before it is marked, so a mark without a lease is one whose lease ended.
  const items = await listOpen(ports);
  const nodes = await listNodes(ports);
  const now = ports.clock.now();
  const listed = new Map(nodes.map((node) => [node.nodeId, node]));
  const surroundings = await surroundingsOf(ports, nodes, now);
  const counts: WorkSweepCounts = {
    open: items.length,
    steps: {},
    undone: 0,
    finished: 0,
    strays: 0,
    released: 0,
    cancelled: 0,
    retold: 0,
  };
  const errors = await runLimited(items, PARALLEL_ITEMS, async (item) => {
    const decision = decideLease(item, await currentNode(ports, listed, item), surroundings, now);
    if (decision.action === 'keep') return;
    counts.steps[decision.reason] = (counts.steps[decision.reason] ?? 0) + 1;
    await act(ports, item, decision);
  });
  errors.push(...(await sweepNodeLeases(ports, nodes, items, counts)));
  errors.push(...(await sweepBlocked(ports, counts)));
  errors.push(...(await sweepUntold(ports, counts)));
  throwCollected(errors, 'the sweep of work is not complete; the next minute tries again');
  return counts;
};

export type { WorkSweepCounts };
export { sweepWork };
