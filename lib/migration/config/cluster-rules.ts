import * as z from 'zod';
import { hostRules } from './host-rules.ts';
import { IDLE_PROVIDERS, idleRules, NO_ADAPTER } from './idle-rules.ts';
import { providerOf } from './old-providers.ts';
import { leave, type Rule, take } from './rules.ts';
import { NO_LEADER, syncRules } from './sync-rules.ts';

const OWN_BUCKET = 'the store is a bucket of the stack; agents get short-lived credentials for it';

/** Percent used at which a node is in trouble. The old system had the same three steps of a disk. */
const diskPercent = z.number().gt(0).max(100);
const diskRule = (at: string, target: string): Rule =>
  take(at, diskPercent, (value, { draft, source }) => draft.set(['health', 'disk', target], value, source));

const multiplierRule = (setting: string): Rule =>
  take(`provider_timeouts.*.${setting}`, z.number().min(1).max(10), (value, place) => {
    const { provider, known } = providerOf(place.names[0] ?? '');
    if (known) place.draft.set(['health', 'heartbeat', 'multipliers', provider], value, place.source);
    else place.leave(NO_ADAPTER);
  });

const idleShutdownRules: readonly Rule[] = idleRules.map(({ setting, type, convert }) =>
  take(`idle_shutdown.*.${setting}`, type, (value, place) => {
    const provider = IDLE_PROVIDERS[place.names[0]?.toLowerCase() ?? ''];
    if (provider === undefined) place.leave(NO_ADAPTER);
    else convert(value, provider, place);
  }),
);

/** What `distributed_hosts.yaml` can say besides its hosts. */
const clusterRules: readonly Rule[] = [
  ...hostRules,
  ...idleShutdownRules,
  take('sync_routing.max_disk_usage_percent', diskPercent, (value, { draft, source }) => {
    draft.set(['health', 'disk', 'degradedPercent'], value, source);
    draft.set(['sync', 'maxDiskUsedPercent'], value, source);
  }),
  diskRule('thresholds.disk_sync_stop_percent', 'degradedPercent'),
  diskRule('thresholds.disk_production_stop_percent', 'unhealthyPercent'),
  diskRule('thresholds.disk_write_stop_percent', 'fullPercent'),
  leave('sync_routing.s3', OWN_BUCKET),
  ...syncRules,
  ...['sync_interval_seconds', 'sync_timeout_seconds', 'retry_count', 'retry_delay_seconds'].map((name) =>
    leave(
      `distribution.${name}`,
      'a distribution starts with its event and retries by itself, for as long as its deadline says',
    ),
  ),
  ...['http_port', 'http_concurrency', 'use_bittorrent', 'bittorrent_threshold_bytes', 'rsync_fallback'].map(
    (name) => leave(`distribution.${name}`, 'agents download from the object store, in parallel ranges'),
  ),
  leave('distribution.verify_checksums', 'every copy is verified, always'),
  leave('disk_management', 'nodes clean up by themselves: Drover never deletes the last copy of anything'),
  leave('elo_sync', 'ratings are a metric of a campaign, told by events'),
  leave('p2p_voters', NO_LEADER),
  leave('protocols', NO_LEADER),
  multiplierRule('multiplier'),
  multiplierRule('timeout_multiplier'),
  leave('provider_timeouts.*.probe_seconds', 'nobody probes a node: it reports'),
  leave('provider_timeouts.*.breaker_ttl_seconds', 'the waits of a breaker follow from the failures'),
];

export { clusterRules };
