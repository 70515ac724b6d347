import { TransientError } from '../errors.ts';
import type { NewEvent } from '../events/publisher.ts';
import { derivedId } from '../ids.ts';
import type { Node } from '../nodes/node.ts';
import { toTimestamp } from '../time.ts';
import type { ReconcilePorts } from './reconcile-ports.ts';

/** Why a node ends, as the provider's listings say. */
type EndCause = 'gone' | 'preempted' | 'ended-by-provider' | 'never-listed';

/** A heartbeat every 30 s can come between the read and the write; twice in a row it does not. */
const MAX_TRIES = 4;

/** What was decided to end it, where that is known. */
const endedBy = ({ termination }: Node) => ({
  reason: termination?.reason ?? 'unknown',
  ...(termination === undefined ? {} : { terminationId: termination.terminationId }),
  ...(termination?.microUsdPerHour === undefined ? {} : { microUsdPerHour: termination.microUsdPerHour }),
});

const endEvent = (node: Node, cause: EndCause, occurredAt: string): NewEvent => {
  const about = {
    nodeId: node.nodeId,
    provider: node.provider,
    instanceId: node.instanceId,
    ...(node.heartbeatAt === undefined ? {} : { heartbeatAt: node.heartbeatAt }),
  };
  const name =
    node.lifecycle === 'terminated' ? 'NodeTerminated' : cause === 'preempted' ? 'NodePreempted' : 'NodeLost';
  // Follows from the item's change: a repeat after a crash is the same event.
  const eventId = derivedId('e', name, node.nodeId, node.endedAt ?? '');
  if (name === 'NodeTerminated') {
    const { heartbeatAt: _heartbeatAt, ...fields } = about;
    return { name, eventId, occurredAt, fields: { ...fields, ...endedBy(node) } };
  }
  return name === 'NodePreempted'
    ? { name: 'NodePreempted', eventId, occurredAt, fields: about }
    : { name: 'NodeLost', eventId, occurredAt, fields: { ...about, reason: cause } };
};

/** Says what the item holds: repeats after a crash are the same row and the same event. */
const announceEnd = async (
  { audit, publisher, actor }: ReconcilePorts,
  node: Node,
  cause: EndCause,
  endedAt: string,
): Promise<void> => {
  await audit.record({
    auditId: derivedId('a', 'end-node', node.nodeId, endedAt),
    subject: `node:${node.nodeId}`,
    at: endedAt,
    actor,
    action: 'end-node',
    reason: cause,
    after: { lifecycle: node.lifecycle },
    evidence: {
      provider: node.provider,
      instanceId: node.instanceId,
      lifecycle: node.lifecycle,
      heartbeatAt: node.heartbeatAt ?? null,
      termination: node.termination ?? null,
    },
  });
  await publisher.publish([endEvent(node, cause, endedAt)]);
};

/**
 * Ends the node whose instance is gone, and says so; repeats only the saying when it ended already. A node that was being
 * terminated is terminated by that.
 * @throws TransientError when the node changed again and again
 */
const endNode = async (ports: ReconcilePorts, nodeId: string, cause: EndCause): Promise<void> => {
  const { nodes, clock } = ports;
  for (let tries = 0; tries < MAX_TRIES; tries += 1) {
    const node = await nodes.get(nodeId);
    if (node === undefined) return;
    if (node.lifecycle === 'terminated' || node.lifecycle === 'lost') {
      await announceEnd(ports, node, cause, node.endedAt ?? toTimestamp(clock.now()));
      return;
    }
    const lifecycle = node.lifecycle === 'terminating' ? 'terminated' : 'lost';
    const at = clock.now();
    if (!(await nodes.end(nodeId, node.revision, lifecycle, at))) continue;
    const ended = { ...node, lifecycle, endedAt: toTimestamp(at) } as const;
    await announceEnd(ports, ended, cause, ended.endedAt);
    return;
  }
  throw new TransientError(
    `node ${nodeId} changed ${MAX_TRIES} times while it was ended (${cause}): the next cycle tries again`,
  );
};

export type { EndCause };
export { endNode };
