import type { Node } from '../nodes/node.ts';
import { secondsSince } from '../time.ts';
import type { SyncConfig } from './sync-config.ts';
import { batchSecondsOf } from './sync-policy.ts';

/** A node that holds back what it should have brought into the store. */
interface BehindNode {
  readonly nodeId: string;
  /** How long the oldest file that was put waits, beyond what its strategy lets it. */
  readonly overdueSeconds: number;
}

/**
 * Which nodes are behind with bringing what was put there, the worst first. A node that is silent falls behind further with each second:
 * what it had is not in the store. Nodes that do not say how long their oldest file waits are in no list.
 */
const decideBacklog = (nodes: readonly Node[], config: SyncConfig, now: Date): BehindNode[] =>
  nodes
    .flatMap((node) => {
      const { nodeId, lifecycle, heartbeat, heartbeatAt } = node;
      const isLive = lifecycle === 'active' || lifecycle === 'draining';
      if (!isLive || heartbeat?.oldestPutSeconds === undefined || heartbeatAt === undefined) return [];
      const waitedSeconds = heartbeat.oldestPutSeconds + Math.max(0, secondsSince(heartbeatAt, now));
      const overdueSeconds = waitedSeconds - batchSecondsOf(config, node);
      return overdueSeconds > 0 ? [{ nodeId, overdueSeconds }] : [];
    })
    .sort((one, other) => other.overdueSeconds - one.overdueSeconds);

export type { BehindNode };
export { decideBacklog };
