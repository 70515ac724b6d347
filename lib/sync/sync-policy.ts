import type { NodeSync } from '../commands/node-configuration.ts';
import type { Node } from '../nodes/node.ts';
import { DISK_TIERS, type DiskTiers } from './disk-tier.ts';
import { PROVIDER_BANDWIDTH } from './provider-bandwidth.ts';
import type { SyncConfig } from './sync-config.ts';

/** What decides about syncs, with every default filled in. */
interface SyncPolicy {
  readonly disk: DiskTiers;
  readonly newest: number;
  /** undefined: no limit. */
  readonly dailyEgressBytes: number | undefined;
  readonly blockedAlarmSeconds: number;
}

type PolicyNode = Pick<Node, 'nodeId' | 'provider'>;

const GIGABYTE = 1_000_000_000;
const BLOCKED_ALARM_SECONDS = 900;
/** The replaced system let so much pass between two cycles. */
const BATCH_SECONDS = 60;

const resolveSyncPolicy = (config: SyncConfig): SyncPolicy => ({
  disk: { ...DISK_TIERS, receive: config.maxDiskUsedPercent ?? DISK_TIERS.receive },
  newest: config.newest ?? 1,
  dailyEgressBytes:
    config.dailyEgressGigabytes === undefined ? undefined : config.dailyEgressGigabytes * GIGABYTE,
  blockedAlarmSeconds: config.blockedAlarmSeconds ?? BLOCKED_ALARM_SECONDS,
});

/** What is set for one node: its own, else its provider's, else what holds for all. */
const settingsOf = (config: SyncConfig, { nodeId, provider }: PolicyNode) => ({
  ...config,
  ...config.providers?.[provider],
  ...config.nodes?.[nodeId],
});

/** The most that transfers may take of this node's network, in bytes per second. */
const bandwidthOf = (config: SyncConfig, node: PolicyNode): number =>
  settingsOf(config, node).bandwidthBytesPerSecond ?? PROVIDER_BANDWIDTH[node.provider];

/** How what is put on a node gets into the store. `auto`: at once where the machine can vanish, else in batches. */
const strategyOf = (
  config: SyncConfig,
  node: PolicyNode & Pick<Node, 'capabilities'>,
): 'ephemeral' | 'hybrid' => {
  const { strategy = 'auto' } = settingsOf(config, node);
  if (strategy !== 'auto') return strategy;
  return node.capabilities.ephemeral ? 'ephemeral' : 'hybrid';
};

/** How long what is put on a node may wait for others before it is due. */
const batchSecondsOf = (config: SyncConfig, node: PolicyNode & Pick<Node, 'capabilities'>): number =>
  strategyOf(config, node) === 'ephemeral' ? 0 : (settingsOf(config, node).batchSeconds ?? BATCH_SECONDS);

/** What the agent of a node is told; undefined where nothing is set, which every agent understands. */
const nodeSyncOf = (config: SyncConfig, node: PolicyNode): NodeSync | undefined => {
  const { strategy, batchBytes, batchSeconds, bandwidthBytesPerSecond } = settingsOf(config, node);
  const sync: NodeSync = {
    ...(strategy === undefined || strategy === 'auto' ? {} : { strategy }),
    ...(batchBytes === undefined ? {} : { batchBytes }),
    ...(batchSeconds === undefined ? {} : { batchSeconds }),
    ...(bandwidthBytesPerSecond === undefined ? {} : { bandwidthBytesPerSecond }),
  };
  return Object.keys(sync).length === 0 ? undefined : sync;
};

export type { SyncPolicy };
export { bandwidthOf, batchSecondsOf, nodeSyncOf, resolveSyncPolicy, strategyOf };
