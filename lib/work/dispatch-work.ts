import { throwCollected } from '../collected-errors.ts';
import { configureNode } from '../idle/idle-commands.ts';
import { listFleet } from '../nodes/list-fleet.ts';
import type { Node } from '../nodes/node.ts';
import { runLimited } from '../run-limited.ts';
import { toTimestamp } from '../time.ts';
import { type AssignmentOutcome, assignWork } from './assign-work.ts';
import { type Assignment, decideAssignments } from './decide-assignments.ts';
import { classesOf, type FitContext, nodeRefusal, type RefusalReason } from './node-fit.ts';
import type { WorkClass, WorkItem } from './work-item.ts';
import type { WorkPorts, WorkSettings } from './work-ports.ts';

interface DispatchCounts {
  nodes: number;
  /** Nodes with a free slot that take work. */
  free: number;
  /** Items that were looked at. */
  waiting: number;
  assigned: number;
  /** Another run was faster. */
  taken: number;
  undeliverable: number;
  refusals: Partial<Record<RefusalReason, number>>;
}

/** Populating keeps what waits far below either; people may submit more, and then it costs time, and hides nobody else's work. */
const WAITING_LIMITS = { perGroup: 2000, look: 20_000 };
const PARALLEL_NODES = 16;

/** Every node that may hold work or be given some, strongly consistent. */
const listNodes = ({ nodes }: Pick<WorkPorts, 'nodes'>): Promise<Node[]> =>
  listFleet(nodes, ['active', 'draining', 'terminating']);

const listWaiting = async (
  { work }: WorkPorts,
  classes: ReadonlySet<WorkClass>,
  now: Date,
): Promise<WorkItem[]> => {
  const lists = await Promise.all(
    [...classes].map((workClass) => work.listWaiting(workClass, WAITING_LIMITS)),
  );
  return lists.flat().filter(({ availableAt }) => availableAt <= toTimestamp(now));
};

const groupByNode = (assignments: readonly Assignment[]): Assignment[][] => {
  const groups = new Map<string, Assignment[]>();
  for (const assignment of assignments)
    groups.set(assignment.nodeId, [...(groups.get(assignment.nodeId) ?? []), assignment]);
  return [...groups.values()];
};

const countOutcome = (counts: DispatchCounts, outcome: AssignmentOutcome): void => {
  if (outcome === 'assigned' || outcome === 'taken' || outcome === 'undeliverable') counts[outcome] += 1;
  else counts.refusals[outcome] = (counts.refusals[outcome] ?? 0) + 1;
};

/** Whose agent works by another configuration is told of this one, where it brings templates: it may lack those of what waits. */
const configureNodes = (
  ports: WorkPorts,
  { nodeConfiguration }: WorkSettings,
  nodes: readonly Node[],
  now: Date,
): Promise<unknown[]> =>
  runLimited(
    nodes.filter(({ lifecycle, revokedAt }) => lifecycle === 'active' && revokedAt === undefined),
    PARALLEL_NODES,
    async (node) => {
      const configuration = nodeConfiguration(node);
      if (configuration.templates !== undefined) await configureNode(ports, node, configuration, now);
    },
  );

/**
 * Gives what waits to the nodes that have a free slot. Two runs at once are harmless: each lease is one conditional write.
 * @throws TransientError with what went wrong, after every assignment was tried
 */
const dispatchWork = async (ports: WorkPorts): Promise<DispatchCounts> => {
  const [settings, brakes, nodes] = await Promise.all([
    ports.settings(),
    ports.leaseBrakes(),
    listNodes(ports),
  ]);
  const { policies, shares, fullDiskPercent } = settings;
  const fit: FitContext = { policies, ...brakes, fullDiskPercent, now: ports.clock.now() };
  const free = nodes.filter((node) => nodeRefusal(node, fit) === undefined);
  const classes = new Set(free.flatMap(classesOf));
  const items = await listWaiting(ports, classes, fit.now);
  const { assignments, refusals } = decideAssignments({ nodes, items, fit, shares });
  const counts: DispatchCounts = {
    nodes: nodes.length,
    free: free.length,
    waiting: items.length,
    assigned: 0,
    taken: 0,
    undeliverable: 0,
    refusals: { ...refusals },
  };
  const errors = await runLimited(groupByNode(assignments), PARALLEL_NODES, async (group) => {
    for (const assignment of group) countOutcome(counts, await assignWork(ports, assignment, fit));
  });
  errors.push(...(await configureNodes(ports, settings, nodes, fit.now)));
  throwCollected(errors, 'not all work could be given to its node');
  return counts;
};

export type { DispatchCounts };
export { dispatchWork, listNodes };
