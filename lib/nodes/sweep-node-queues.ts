import type { AuditStore } from '../audit/audit-row.ts';
import { throwCollected } from '../collected-errors.ts';
import { scopesOf } from '../holds/decide-hold.ts';
import type { HoldGate } from '../holds/hold-gate.ts';
import { derivedId } from '../ids.ts';
import { runLimited } from '../run-limited.ts';
import { secondsSince, toTimestamp } from '../time.ts';
import { type CloseCommandsPorts, closeCommands } from './close-commands.ts';
import { lifecycleSchema, type Node } from './node.ts';
import type { NodeStore } from './node-store.ts';

interface SweepQueuesPorts extends CloseCommandsPorts {
  readonly nodes: Pick<NodeStore, 'listByLifecycle' | 'markQueueDeleted'>;
  readonly gate: Pick<HoldGate, 'mayDestroy'>;
  readonly deleteQueue: (nodeId: string) => Promise<void>;
  readonly audit: AuditStore;
  readonly actor: string;
}

/** A node that ended may still report, and an operator may want to look: its queue lives this much longer. */
const KEPT_AFTER_END_SECONDS = 86_400;
/** Ended nodes stay in the table, so they are listed only in the first minutes of each hour: a day's wait needs no more. */
const SWEPT_MINUTES = 5;
const PARALLEL_NODES = 4;

/** When the node's end, or its revocation, began to count; undefined while it may come back. */
const endedSince = (node: Node): string | undefined => {
  const ended = node.lifecycle === 'terminated' || node.lifecycle === 'lost' ? node.endedAt : undefined;
  return ended ?? node.revokedAt;
};

const sweepOne = async (ports: SweepQueuesPorts, node: Node, since: string): Promise<void> => {
  const what = node.revokedAt === undefined ? `is ${node.lifecycle}` : 'was revoked';
  await closeCommands(ports, node.nodeId, `node ${node.nodeId} ${what} since ${since}`);
  if (secondsSince(since, ports.clock.now()) < KEPT_AFTER_END_SECONDS) return;
  const decision = await ports.gate.mayDestroy(scopesOf(node));
  if (decision.action === 'hold') return;
  await ports.deleteQueue(node.nodeId);
  await ports.audit.record({
    auditId: derivedId('a', node.nodeId, 'queue-deleted'),
    subject: `node:${node.nodeId}`,
    at: since,
    actor: ports.actor,
    action: 'delete-node-queue',
    reason: node.revokedAt === undefined ? 'node-ended' : 'node-revoked',
    evidence: { queueName: node.queueName, deletedAt: toTimestamp(ports.clock.now()) },
  });
  await ports.nodes.markQueueDeleted(node.nodeId, ports.clock.now());
};

/**
 * Closes the open commands of nodes that ended or were revoked, and deletes their queues 24 h later, unless a freeze covers them.
 * Order: queue, audit, mark; a crash between is repeated by the next sweep. Does nothing outside the first 5 minutes of an hour.
 * @throws TransientError after all were tried
 */
const sweepNodeQueues = async (ports: SweepQueuesPorts): Promise<void> => {
  const now = ports.clock.now();
  if (now.getUTCMinutes() >= SWEPT_MINUTES) return;
  const nodes = await ports.nodes.listByLifecycle(lifecycleSchema.options);
  const gone = nodes.flatMap((node) => {
    const since = endedSince(node);
    return since === undefined || node.queueDeletedAt !== undefined ? [] : [{ node, since }];
  });
  const errors = await runLimited(gone, PARALLEL_NODES, ({ node, since }) => sweepOne(ports, node, since));
  throwCollected(errors, 'not everything that ended nodes left could be swept');
};

export { sweepNodeQueues };
