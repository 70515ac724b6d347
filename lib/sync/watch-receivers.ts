import { listFleet } from '../nodes/list-fleet.ts';
import type { NodeStore } from '../nodes/node-store.ts';
import type { Clock } from '../time.ts';
import type { BlockedStore } from './blocked-store.ts';
import { type BehindNode, decideBacklog } from './decide-backlog.ts';
import { type BlockedReceiver, decideBlocked } from './decide-blocked.ts';
import type { SyncConfig } from './sync-config.ts';
import { resolveSyncPolicy } from './sync-policy.ts';

interface ReceiverPorts {
  readonly nodes: Pick<NodeStore, 'listByProvider'>;
  readonly blocked: BlockedStore;
  readonly clock: Clock;
}

interface ReceiverWatch {
  /** Nodes that can be sent no data. */
  readonly blocked: readonly BlockedReceiver[];
  /** Nodes that are behind with bringing theirs. */
  readonly behind: readonly BehindNode[];
}

/**
 * Looks at every live node: which can be sent no data, and which bring none. Since when they are blocked is remembered; another look at the
 * same time changes nothing.
 */
const watchReceivers = async (
  { nodes, blocked, clock }: ReceiverPorts,
  config: SyncConfig,
): Promise<ReceiverWatch> => {
  const before = await blocked.get();
  const live = await listFleet(nodes, ['active', 'draining']);
  const now = clock.now();
  const receivers = decideBlocked(live, before?.since ?? {}, resolveSyncPolicy(config), now);
  const since = Object.fromEntries(receivers.map((receiver) => [receiver.nodeId, receiver.since]));
  const isSame = JSON.stringify(since) === JSON.stringify(before?.since ?? {});
  // When another look was faster it has the same in it.
  if (!isSame) await blocked.put({ since }, before?.revision);
  return { blocked: receivers, behind: decideBacklog(live, config, now) };
};

export type { ReceiverPorts, ReceiverWatch };
export { watchReceivers };
