import { PermanentError } from '../errors.ts';
import type { Node } from '../nodes/node.ts';
import { lifecycleSchema } from '../nodes/node.ts';
import type { RepairSnapshot } from './decide-repair.ts';
import { decideWriteOff } from './decide-write-off.ts';
import { hasEnded } from './holder.ts';
import type { RepairPorts } from './repair-ports.ts';
import type { RepairPolicy } from './replication-policy.ts';
import { writeOffNode } from './write-off-node.ts';

/**
 * A node can hold many thousand copies: a few nodes a minute make the loss of a third of the fleet an orderly matter. One that never
 * listed anything, and of which nothing is dropped, is no work; it bears no mark, is asked for again each minute, and takes no other's place.
 */
const NODES_PER_CYCLE = 5;

interface WriteOffs {
  readonly nodes: number;
  readonly copies: number;
  /** Nodes whose last list can never be read, so that nobody knows what they held. */
  readonly unreadable: number;
  /** Of those, and of nodes whose turn comes again. */
  readonly failures: readonly unknown[];
}

/** Lifecycles of nodes that did not end: those that ended stay in the table for ever, and are known by their absence. */
const presentLifecycles = lifecycleSchema.options.filter(
  (lifecycle) => lifecycle !== 'terminated' && lifecycle !== 'lost',
);

/** Nodes that the last cycle saw and that have ended since. */
const endedSince = async (
  ports: Pick<RepairPorts, 'nodes'>,
  known: readonly string[],
  present: ReadonlySet<string>,
): Promise<Node[]> => {
  const missing = known.filter((nodeId) => !present.has(nodeId));
  const found = await Promise.all(missing.map((nodeId) => ports.nodes.get(nodeId)));
  return found.filter((node) => node !== undefined);
};

/** Told once, since the node is not asked for again. */
const unfound = ({ nodeId }: Node, cause: PermanentError): PermanentError =>
  new PermanentError(
    `${nodeId} is written off, but its last list cannot be read, so artifacts may count a copy on it until each is looked at: run \`drover replication recount\` (${cause.message})`,
    { cause },
  );

/**
 * Writes off the copies of nodes that ended, or of which nothing was heard for too long. The roster is written last: whoever ended stays on
 * it until its copies are written off.
 */
const writeOffNodes = async (
  ports: RepairPorts,
  present: readonly Node[],
  situation: Pick<RepairSnapshot, 'brake' | 'pausedBy'>,
  policy: RepairPolicy,
): Promise<WriteOffs> => {
  const roster = await ports.records.roster();
  const presentIds = new Set(present.map(({ nodeId }) => nodeId));
  const ended = await endedSince(ports, roster?.nodeIds ?? [], presentIds);
  const waiting = new Set<string>();
  const failures: unknown[] = [];
  let nodes = 0;
  let copies = 0;
  let unreadable = 0;
  for (const node of [...ended, ...present]) {
    const { action, reason } = decideWriteOff(node, situation, policy, ports.clock.now());
    if (action === 'keep') {
      if (hasEnded(node) && reason !== 'written-off-already') waiting.add(node.nodeId);
      continue;
    }
    if (nodes >= NODES_PER_CYCLE) {
      waiting.add(node.nodeId);
      continue;
    }
    try {
      const { dropped, unreadable: cause } = await writeOffNode(ports, node, reason);
      if (cause !== undefined) {
        unreadable += 1;
        failures.push(unfound(node, cause));
      }
      copies += dropped;
      if (dropped > 0 || node.inventory !== undefined) nodes += 1;
    } catch (error) {
      failures.push(error);
      waiting.add(node.nodeId);
      nodes += 1;
    }
  }
  const nodeIds = [...new Set([...presentIds, ...waiting])].sort();
  const isSame = roster !== undefined && roster.nodeIds.join() === nodeIds.join();
  if (!isSame) await ports.records.putRoster({ nodeIds }, roster?.revision);
  return { nodes, copies, unreadable, failures };
};

export type { WriteOffs };
export { presentLifecycles, writeOffNodes };
