import { derivedId } from '../ids.ts';
import type { Termination } from '../nodes/drain.ts';
import type { Node } from '../nodes/node.ts';
import { toTimestamp } from '../time.ts';
import type { TerminationReason } from './decide-termination.ts';
import type { IdlePorts } from './idle-ports.ts';
import { wayOutOf } from './way-out.ts';

const aboutOf = ({ nodeId, provider, instanceId }: Node) => ({ nodeId, provider, instanceId });

/** Said once, before the first request: after a crash the next cycle says it again under the same ids. */
const announceTermination = async (
  { audit, publisher, actor }: IdlePorts,
  node: Node,
  termination: Termination,
): Promise<void> => {
  const { terminationId, requestedAt, reason, forcedBy, microUsdPerHour } = termination;
  await audit.record({
    auditId: derivedId('a', 'terminate-node', terminationId),
    subject: `node:${node.nodeId}`,
    at: requestedAt,
    actor,
    action: 'terminate-node',
    reason,
    evidence: { terminationId, instanceId: node.instanceId, drain: node.drain ?? null, termination },
  });
  await publisher.publish([
    {
      name: 'NodeTerminating',
      eventId: derivedId('e', 'NodeTerminating', terminationId),
      occurredAt: requestedAt,
      fields: {
        ...aboutOf(node),
        terminationId,
        reason,
        ...(forcedBy === undefined ? {} : { forcedBy }),
        ...(microUsdPerHour === undefined ? {} : { microUsdPerHour }),
      },
    },
  ]);
};

/** Said once for each termination. */
const announceStuck = async (
  { publisher }: IdlePorts,
  node: Node,
  { terminationId, requestedAt, attempts, lastDetail }: Termination,
  reason: TerminationReason,
  now: Date,
): Promise<void> => {
  await publisher.publish([
    {
      name: 'NodeTerminationStuck',
      eventId: derivedId('e', 'NodeTerminationStuck', terminationId),
      occurredAt: toTimestamp(now),
      fields: {
        ...aboutOf(node),
        terminationId,
        requestedAt,
        attempts,
        reason,
        wayOut: wayOutOf(node, reason),
        ...(lastDetail === undefined ? {} : { detail: lastDetail }),
      },
    },
  ]);
};

export { announceStuck, announceTermination };
