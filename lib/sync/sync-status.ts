import type { Distribution } from '../distribution/distribution.ts';
import type { Node } from '../nodes/node.ts';
import { decideBacklog } from './decide-backlog.ts';
import { decideBlocked } from './decide-blocked.ts';
import { type DiskTier, diskTierOf } from './disk-tier.ts';
import type { SyncConfig } from './sync-config.ts';
import { bandwidthOf, resolveSyncPolicy, strategyOf } from './sync-policy.ts';

interface NodeSyncView {
  readonly nodeId: string;
  readonly provider: Node['provider'];
  readonly strategy: 'ephemeral' | 'hybrid';
  /** What is only on this node as far as it knows; absent: it did not say. */
  readonly unflushedBytes?: number;
  /** How long data of it should have been in the store; absent: it is not behind, or does not say. */
  readonly overdueSeconds?: number;
  readonly activeTransfers?: number;
  readonly bandwidthBytesPerSecond: number;
  readonly diskTier: DiskTier;
  /** It can be sent no data. */
  readonly blocked?: { readonly reason: string; readonly since: string; readonly isLong: boolean };
}

interface SyncStatus {
  readonly nodes: readonly NodeSyncView[];
  /** Of nodes that said it; `unknownNodes` did not. */
  readonly unflushedBytes: number;
  readonly unknownNodes: number;
  readonly running: readonly {
    readonly distributionId: string;
    readonly artifactId: string;
    readonly verified: number;
    readonly targets: number;
    readonly deadlineAt: string;
  }[];
  readonly egress: { readonly usedBytes: number; readonly budgetBytes?: number };
}

interface StatusSnapshot {
  readonly nodes: readonly Node[];
  readonly openDistributions: readonly Distribution[];
  readonly blockedSince: Readonly<Record<string, string>>;
  readonly egressBytes: number;
  readonly config: SyncConfig;
}

/** How data stands in the fleet now. Pure. */
const describeSync = (
  { nodes, openDistributions, blockedSince, egressBytes, config }: StatusSnapshot,
  now: Date,
): SyncStatus => {
  const policy = resolveSyncPolicy(config);
  const blocked = new Map(
    decideBlocked(nodes, blockedSince, policy, now).map(({ nodeId, reason, since, isLong }) => [
      nodeId,
      { reason, since, isLong },
    ]),
  );
  const overdue = new Map(
    decideBacklog(nodes, config, now).map(({ nodeId, overdueSeconds }) => [nodeId, overdueSeconds]),
  );
  const views = nodes.map((node): NodeSyncView => {
    const { nodeId, provider, heartbeat } = node;
    const block = blocked.get(nodeId);
    const overdueSeconds = overdue.get(nodeId);
    return {
      nodeId,
      provider,
      strategy: strategyOf(config, node),
      ...(heartbeat?.unflushedBytes === undefined ? {} : { unflushedBytes: heartbeat.unflushedBytes }),
      ...(overdueSeconds === undefined ? {} : { overdueSeconds }),
      ...(heartbeat === undefined ? {} : { activeTransfers: heartbeat.activeTransfers }),
      bandwidthBytesPerSecond: bandwidthOf(config, node),
      diskTier: diskTierOf(heartbeat?.disk?.usedPercent, policy.disk),
      ...(block === undefined ? {} : { blocked: block }),
    };
  });
  const known = views.flatMap(({ unflushedBytes }) => unflushedBytes ?? []);
  return {
    nodes: views,
    unflushedBytes: known.reduce((sum, bytes) => sum + bytes, 0),
    unknownNodes: views.length - known.length,
    running: openDistributions
      .filter(({ trigger, state }) => trigger === 'sync' && state === 'running')
      .map(({ distributionId, artifactId, verifiedNodeIds, targetNodeIds, deadlineAt }) => ({
        distributionId,
        artifactId,
        verified: verifiedNodeIds.length,
        targets: targetNodeIds.length,
        deadlineAt,
      })),
    egress: {
      usedBytes: egressBytes,
      ...(policy.dailyEgressBytes === undefined ? {} : { budgetBytes: policy.dailyEgressBytes }),
    },
  };
};

export type { NodeSyncView, StatusSnapshot, SyncStatus };
export { describeSync };
