import * as z from 'zod';
import { MAX_NODE_COPIES } from '../../replication/replication-config.ts';
import { NO_ADAPTER } from './idle-rules.ts';
import { providerOf } from './old-providers.ts';
import { leave, type Place, type Rule, take } from './rules.ts';

/** The old setting is called mbps, and counted megabytes (sync sheet, 1.1). */
const MEGABYTE = 1_000_000;
const megabytesPerSecond = z.number().positive().max(100_000);

const NO_EXCLUSION =
  'an exclusion belongs to one sync and ends with it: `drover sync run --exclude <nodeId>`; a full disk excludes a node by itself';
const NO_CLEANING = 'nothing is removed to make room: `drover replication trim` does that when a person asks';
const NO_LEADER = 'there is no leader, no voting and no gossip: state lies in DynamoDB';

const bytesOf = (megabytes: number): number => Math.round(megabytes * MEGABYTE);

const overrideBandwidth = (value: number, { names, draft, source, leave: leaveOut }: Place): void => {
  const [glob = ''] = names;
  const { provider, known } = providerOf(glob);
  if (known) draft.set(['sync', 'providers', provider, 'bandwidthBytesPerSecond'], bytesOf(value), source);
  else leaveOut(NO_ADAPTER);
};

/** What `distributed_hosts.yaml` says about sync and replication. */
const syncRules: readonly Rule[] = [
  take('sync_routing.replication_target', z.int().min(0).max(MAX_NODE_COPIES), (value, place) => {
    place.draft.set(['replication', 'targetNodeCopies'], value, place.source);
    place.leave(
      'it counts copies on nodes beside the verified one in the store, which alone makes data durable: 0 is safe, and saves transfers',
      'changed',
    );
  }),
  leave('sync_routing.target_disk_usage_percent', NO_CLEANING),
  leave('sync_routing.min_free_disk_percent', NO_CLEANING),
  leave('sync_routing.excluded_hosts', NO_EXCLUSION),
  leave(
    'sync_routing.priority_hosts',
    'a node that begins to train gets its data first: the event `TrainingStarted`',
  ),
  leave('sync_routing.underserved_configs', 'weights of campaigns decide what there is more of'),
  leave('sync_routing.allowed_external_storage', 'all data is in the bucket of the stack'),
  take('auto_sync.interval_seconds', z.int().min(1).max(86_400), (value, { draft, source }) =>
    draft.set(['sync', 'batchSeconds'], value, source),
  ),
  take('auto_sync.bandwidth_limit_mbps', megabytesPerSecond, (value, { draft, source }) =>
    draft.set(['sync', 'bandwidthBytesPerSecond'], bytesOf(value), source),
  ),
  take('auto_sync.host_bandwidth_overrides.*', megabytesPerSecond, overrideBandwidth),
  leave('auto_sync.enabled', 'data is always brought off nodes: it cannot be switched off'),
  leave('auto_sync.gossip_interval_seconds', NO_LEADER),
  leave('auto_sync.exclude_hosts', NO_EXCLUSION),
  leave('auto_sync.skip_nfs_sync', 'bytes that a node has are recognised by their hash, and not sent again'),
  leave('auto_sync.max_concurrent_syncs', 'how many transfers run at once is the --transfers of each agent'),
  leave('auto_sync.min_games_to_sync', 'what is put is brought into the store, however little it is'),
  leave('consolidation', 'nothing is merged: each file stays what it was when it was put'),
];

export { NO_EXCLUSION, NO_LEADER, syncRules };
