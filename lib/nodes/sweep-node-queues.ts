import type { AuditStore } from '../audit/audit-row.ts';
import { throwCollected } from '../collected-errors.ts';
import { scopesOf } from '../holds/decide-hold.ts';
import type { HoldGate } from '../holds/hold-gate.ts';
import { derivedId } from '../ids.ts';
import { runLimited } from '../run-limited.ts';
import { type Clock, secondsSince, toTimestamp } from '../time.ts';
import { lifecycleSchema, type Node } from './node.ts';
import type { NodeStore } from './node-store.ts';

interface SweepQueuesPorts {
  readonly nodes: Pick<NodeStore, 'listByLifecycle' | 'markQueueDeleted'>;
  readonly gate: Pick<HoldGate, 'mayDestroy'>;
  readonly deleteQueue: (nodeId: string) => Promise<void>;
  readonly audit: AuditStore;
  readonly clock: Clock;
  readonly actor: string;
}

/** A node that ended may still report, and an operator may want to look: its queue lives this much longer. */
const KEPT_AFTER_END_SECONDS = 86_400;
/** Ended nodes stay in the table, so they are listed only in the first minutes of each hour: a day's wait needs no more. */
const SWEPT_MINUTES = 5;
const PARALLEL_DELETES = 4;

/** When the node's end, or its revocation, began to count; undefined while it may come back. */
const endedSince = (node: Node): string | undefined => {
  const ended = node.lifecycle === 'terminated' || node.lifecycle === 'lost' ? node.endedAt : undefined;
  return ended ?? node.revokedAt;
};

const isDue = (node: Node, now: Date): boolean => {
  const since = endedSince(node);
  return (
    node.queueDeletedAt === undefined &&
    since !== undefined &&
    secondsSince(since, now) >= KEPT_AFTER_END_SECONDS
  );
};

const sweepOne = async (ports: SweepQueuesPorts, node: Node): Promise<void> => {
  const decision = await ports.gate.mayDestroy(scopesOf(node));
  if (decision.action === 'hold') return;
  await ports.deleteQueue(node.nodeId);
  await ports.audit.record({
    auditId: derivedId('a', node.nodeId, 'queue-deleted'),
    subject: `node:${node.nodeId}`,
    at: endedSince(node) ?? toTimestamp(ports.clock.now()),
    actor: ports.actor,
    action: 'delete-node-queue',
    reason: node.revokedAt === undefined ? 'node-ended' : 'node-revoked',
    evidence: { queueName: node.queueName, deletedAt: toTimestamp(ports.clock.now()) },
  });
  await ports.nodes.markQueueDeleted(node.nodeId, ports.clock.now());
};

/**
 * Deletes the queues of nodes that ended, or were revoked, 24 h ago, unless a freeze covers them. Order: queue, audit, mark;
 * a crash between is repeated by the next sweep. Does nothing outside the first 5 minutes of an hour.
 * @throws TransientError after all were tried
 */
const sweepNodeQueues = async (ports: SweepQueuesPorts): Promise<void> => {
  const now = ports.clock.now();
  if (now.getUTCMinutes() >= SWEPT_MINUTES) return;
  const nodes = await ports.nodes.listByLifecycle(lifecycleSchema.options);
  const due = nodes.filter((node) => isDue(node, now));
  const errors = await runLimited(due, PARALLEL_DELETES, (node) => sweepOne(ports, node));
  throwCollected(errors, 'not every queue of an ended node could be deleted');
};

export { sweepNodeQueues };
