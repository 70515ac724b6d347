import { PermanentError } from '../errors.ts';
import { derivedId } from '../ids.ts';
import type { Lease, Node } from '../nodes/node.ts';
import { addSeconds, toTimestamp } from '../time.ts';
import type { Assignment } from './decide-assignments.ts';
import { giveBack } from './give-back.ts';
import { LEASE_SECONDS, START_SECONDS } from './lease-times.ts';
import { type FitContext, type RefusalReason, refusalOf } from './node-fit.ts';
import { runCommand } from './work-commands.ts';
import type { WorkItem } from './work-item.ts';
import type { WorkPorts } from './work-ports.ts';
import { leaseItem } from './work-steps.ts';

type AssignmentOutcome =
  | 'assigned'
  /** Another run gave the work, or the slot, away. */
  | 'taken'
  /** The node's queue is gone: the work waits again. */
  | 'undeliverable'
  | RefusalReason;

/** A heartbeat, which comes every 30 s, may come between the read and the write. */
const MAX_TRIES = 3;
/** A node without a queue is not tried again at once. */
const UNDELIVERABLE_AVOID_SECONDS = 300;

/** The token is derived from the item as it is: two runs that give away the same item mean the same lease. */
const tokenOf = ({ workId, revision }: WorkItem): string => derivedId('t', workId, revision);

const leaseOf = ({ workId, attempts, requires, jobType, campaignId }: WorkItem, now: Date): Lease => ({
  workId,
  attempt: attempts + 1,
  leaseUntil: toTimestamp(addSeconds(now, LEASE_SECONDS)),
  startBy: toTimestamp(addSeconds(now, START_SECONDS)),
  gpus: requires.gpus,
  jobType,
  ...(campaignId === undefined ? {} : { campaignId }),
});

/** The lease in the node item: the fit is decided on the item as it is, and the write holds only for that. */
const grant = async (
  { nodes }: WorkPorts,
  { nodeId, item }: Assignment,
  fit: FitContext,
): Promise<'granted' | Exclude<AssignmentOutcome, 'assigned' | 'undeliverable'>> => {
  const token = tokenOf(item);
  for (let tries = 0; tries < MAX_TRIES; tries += 1) {
    const node: Node | undefined = await nodes.get(nodeId);
    if (node === undefined) return 'not-active';
    if (node.leases[token] !== undefined) return 'taken';
    const refusal = refusalOf(node, item, fit);
    if (refusal !== undefined) return refusal;
    if (await nodes.grantLease(nodeId, node.revision, token, leaseOf(item, fit.now))) return 'granted';
  }
  return 'taken';
};

/** Sends the `run` of a marked item. Any error but a missing queue is left to the next minute, which sends it again. */
const sendRun = async (ports: WorkPorts, item: WorkItem): Promise<'assigned' | 'undeliverable'> => {
  const command = runCommand(item);
  if (command === undefined) return 'undeliverable';
  try {
    await ports.commands.put(command);
    await ports.sender.send(command);
    return 'assigned';
  } catch (error) {
    if (!(error instanceof PermanentError)) throw error;
    ports.warn(`${item.workId} could not be given to ${command.nodeId}`, error);
    await giveBack(ports, item, 'undeliverable', UNDELIVERABLE_AVOID_SECONDS);
    return 'undeliverable';
  }
};

/**
 * Gives one item to one node. The order of writes:
 *
 *   1. the lease in the node item   decides: active, fit, free slot, no drain
 *   2. the mark in the work item    whoever loses it gives its lease back
 *   3. the ledger, then the node's own queue
 *
 * A crash after the first leaves a lease that nothing marks, and after the second a mark without a command: the sweep undoes the one, and
 * sends the other again.
 */
const assignWork = async (
  ports: WorkPorts,
  assignment: Assignment,
  fit: FitContext,
): Promise<AssignmentOutcome> => {
  const { nodeId, item } = assignment;
  const now = ports.clock.now();
  const granted = await grant(ports, assignment, { ...fit, now });
  if (granted !== 'granted') return granted;
  const token = tokenOf(item);
  const marked = leaseItem(item, { token, nodeId }, now);
  if (!(await ports.work.replace(marked))) {
    await ports.nodes.releaseLease(nodeId, token);
    return 'taken';
  }
  return sendRun(ports, { ...marked, revision: marked.revision + 1 });
};

export type { AssignmentOutcome };
export { assignWork, sendRun };
