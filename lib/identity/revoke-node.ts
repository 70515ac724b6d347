import type { AuditStore } from '../audit/audit-row.ts';
import { PermanentError } from '../errors.ts';
import type { Publisher } from '../events/publisher.ts';
import { derivedId } from '../ids.ts';
import type { NodeStore } from '../nodes/node-store.ts';
import { type Clock, toTimestamp } from '../time.ts';
import type { IdentityStore } from './identity-store.ts';

interface RevokePorts {
  readonly identity: IdentityStore;
  readonly nodes: NodeStore;
  readonly audit: AuditStore;
  readonly publisher: Publisher;
  readonly clock: Clock;
}

interface RevokeRequest {
  readonly nodeId: string;
  readonly reason: string;
  /** The operator's ARN. */
  readonly revokedBy: string;
}

/**
 * Ends a node's trust: no new credentials, and its reports are refused from now on. Credentials that it holds already
 * end by themselves within the hour, and prove nothing any more. May be repeated.
 * @throws PermanentError when there is no such node
 */
const revokeNode = async (
  { identity, nodes, audit, publisher, clock }: RevokePorts,
  { nodeId, reason, revokedBy }: RevokeRequest,
): Promise<{ revokedAt: string }> => {
  const now = clock.now();
  // The node item first: it alone already refuses credentials and reports.
  if (!(await nodes.revoke(nodeId, now))) {
    throw new PermanentError(`there is no node ${nodeId}: see \`drover nodes list\``);
  }
  await identity.revokeSecret(nodeId, now);
  const revokedAt = (await nodes.get(nodeId))?.revokedAt ?? toTimestamp(now);
  await audit.record({
    auditId: derivedId('a', 'revoke-node', nodeId, revokedBy, reason),
    subject: `node:${nodeId}`,
    at: revokedAt,
    actor: revokedBy,
    action: 'revoke-node',
    reason,
    after: { revokedAt },
    evidence: { revokedAt },
  });
  await publisher.publish([
    {
      name: 'NodeRevoked',
      eventId: derivedId('e', 'NodeRevoked', nodeId),
      occurredAt: revokedAt,
      fields: { nodeId, reason },
    },
  ]);
  return { revokedAt };
};

export type { RevokePorts, RevokeRequest };
export { revokeNode };
