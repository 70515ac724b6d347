import { addSeconds, toTimestamp } from '../time.ts';
import { LEASE_SECONDS, RENEW_BELOW_SECONDS } from '../work/lease-times.ts';
import type { Heartbeat } from './heartbeat.ts';
import type { Node } from './node.ts';
import type { NodeStore } from './node-store.ts';

/**
 * Renews the leases of the work that a heartbeat says runs. A lease that has long to go is left alone, so that most heartbeats write
 * nothing more; one that the node does not hold is not made by saying so.
 */
const renewLeases = async (
  nodes: Pick<NodeStore, 'renewLease'>,
  { nodeId, leases }: Pick<Node, 'nodeId' | 'leases'>,
  { work = [] }: Pick<Heartbeat, 'work'>,
  sentAt: Date,
): Promise<void> => {
  if (work.length === 0) return;
  const renewBefore = toTimestamp(addSeconds(sentAt, RENEW_BELOW_SECONDS));
  const until = addSeconds(sentAt, LEASE_SECONDS);
  for (const { token, workId } of work) {
    const lease = leases[token];
    if (lease?.workId === workId && lease.leaseUntil < renewBefore)
      await nodes.renewLease(nodeId, token, until);
  }
};

export { renewLeases };
