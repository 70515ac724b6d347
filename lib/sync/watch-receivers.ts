import { listFleet } from '../nodes/list-fleet.ts';
import type { NodeStore } from '../nodes/node-store.ts';
import type { Clock } from '../time.ts';
import type { BlockedStore } from './blocked-store.ts';
import { type BlockedReceiver, decideBlocked } from './decide-blocked.ts';
import type { SyncPolicy } from './sync-policy.ts';

interface ReceiverPorts {
  readonly nodes: Pick<NodeStore, 'listByProvider'>;
  readonly blocked: BlockedStore;
  readonly clock: Clock;
}

/** Looks at every active node and remembers since when it can be sent no data. Another look at the same time changes nothing. */
const watchReceivers = async (
  { nodes, blocked, clock }: ReceiverPorts,
  policy: SyncPolicy,
): Promise<BlockedReceiver[]> => {
  const before = await blocked.get();
  const active = await listFleet(nodes, ['active']);
  const receivers = decideBlocked(active, before?.since ?? {}, policy, clock.now());
  const since = Object.fromEntries(receivers.map((receiver) => [receiver.nodeId, receiver.since]));
  const isSame = JSON.stringify(since) === JSON.stringify(before?.since ?? {});
  // When another look was faster it has the same in it.
  if (!isSame) await blocked.put({ since }, before?.revision);
  return receivers;
};

export type { ReceiverPorts };
export { watchReceivers };
