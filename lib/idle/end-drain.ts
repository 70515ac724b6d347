import { derivedId } from '../ids.ts';
import type { EndedDrain } from '../nodes/drain.ts';
import type { Node } from '../nodes/node.ts';
import { toTimestamp } from '../time.ts';
import type { CancelReason } from './decide-draining.ts';
import { sendResume } from './idle-commands.ts';
import type { DrainEndPorts } from './idle-ports.ts';

/** Ends that nobody wanted: the node goes on costing money, and a person must look. */
const STUCK: ReadonlySet<string> = new Set<CancelReason>(['not-acknowledged', 'promise-ends']);

const isStuckEnd = ({ reason }: Pick<EndedDrain, 'reason'>): boolean => STUCK.has(reason);

/** Tells the agent to work again, and everybody why; the mark is written last, so that a crash repeats all of it. */
const announceDrainEnd = async (
  ports: DrainEndPorts,
  { nodeId, provider, instanceId }: Node,
  ended: EndedDrain,
): Promise<void> => {
  const now = ports.clock.now();
  const { drainId, reason, blockers, endedAt } = ended;
  await sendResume(ports, nodeId, ended, 'ended', now);
  await ports.audit.record({
    auditId: derivedId('a', 'cancel-drain', drainId),
    subject: `node:${nodeId}`,
    at: endedAt,
    actor: ports.actor,
    action: 'cancel-drain',
    reason,
    evidence: { drainId, startedAt: ended.startedAt, blockers },
  });
  const about = { nodeId, provider, instanceId, drainId, reason };
  await ports.publisher.publish([
    {
      name: 'NodeDrainCancelled',
      eventId: derivedId('e', 'NodeDrainCancelled', drainId),
      occurredAt: endedAt,
      fields: about,
    },
    ...(isStuckEnd(ended)
      ? [
          {
            name: 'NodeDrainStuck' as const,
            eventId: derivedId('e', 'NodeDrainStuck', drainId),
            occurredAt: endedAt,
            fields: { ...about, blockers },
          },
        ]
      : []),
  ]);
  await ports.nodes.markDrainEndAnnounced(nodeId, drainId, now);
};

/**
 * Gives a node back that drains, or that is terminating and whose provider accepted nothing. False when it changed meanwhile: the
 * next cycle looks again.
 */
const endDrain = async (
  ports: DrainEndPorts,
  node: Node,
  reason: CancelReason,
  blockers: readonly string[],
): Promise<boolean> => {
  const { drain } = node;
  if (drain === undefined) return false;
  const ended: EndedDrain = {
    drainId: drain.drainId,
    epoch: drain.epoch,
    startedAt: drain.startedAt,
    endedAt: toTimestamp(ports.clock.now()),
    reason,
    blockers: [...new Set(blockers)],
  };
  const { nodes } = ports;
  const isBack =
    node.lifecycle === 'terminating'
      ? await nodes.cancelTermination(node.nodeId, node.revision, ended)
      : await nodes.endDrain(node.nodeId, node.revision, ended);
  if (!isBack) return false;
  await announceDrainEnd(ports, node, ended);
  return true;
};

export { announceDrainEnd, endDrain, isStuckEnd };
