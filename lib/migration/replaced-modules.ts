import type { Deprecation } from './deprecation.ts';
import { CAMPAIGNS, REPLICATION, SYNC } from './shared-replacements.ts';

const COMMON = { daemonTypes: [], status: 'replaced', priority: 'LOW' } as const;

/** Modules that the guide still sends people to. Drover replaces them, too. */
const replacedModules: readonly Deprecation[] = [
  {
    ...COMMON,
    module: 'auto_sync_daemon',
    successor: 'Drover',
    names: ['AutoSyncDaemon', 'AutoSyncConfig', 'SyncStrategy'],
    compat: { AutoSyncConfig: 'AutoSyncConfig' },
    daemonTypes: ['auto_sync'],
    replacement: SYNC,
  },
  {
    ...COMMON,
    module: 'sync_facade',
    successor: 'Drover',
    names: ['SyncFacade', 'get_sync_facade'],
    replacement: SYNC,
  },
  {
    ...COMMON,
    module: 'health_facade',
    successor: 'Drover',
    names: [
      'get_system_health_score',
      'should_pause_pipeline',
      'get_system_health',
      'get_health_orchestrator',
      'get_node_health',
      'get_healthy_nodes',
      'get_unhealthy_nodes',
      'get_degraded_nodes',
      'get_offline_nodes',
      'get_cluster_health_summary',
    ],
    compat: { get_health_orchestrator: 'getHealthOrchestrator' },
    warned: ['get_system_health'],
    replacement: {
      kind: 'function',
      text: '`drover health`, or `openHealth(stage)`: the same names in camel case',
      example: 'drover health --json',
    },
  },
  {
    ...COMMON,
    module: 'health_check_orchestrator',
    successor: 'Drover',
    names: ['HealthCheckOrchestrator', 'get_health_orchestrator'],
    replacement: {
      kind: 'function',
      text: '`openHealth(stage)`, or `drover health <node>`',
      example: 'drover health n-0123456789ab --json',
    },
  },
  {
    ...COMMON,
    module: 'event_router',
    successor: 'Drover',
    names: ['get_router', 'UnifiedEventRouter', 'get_event_coordinator', 'start_coordinator'],
    warned: ['get_event_coordinator', 'start_coordinator'],
    daemonTypes: ['event_router'],
    replacement: {
      kind: 'event',
      text: 'one `PutEvents` call on the bus of the installation, or `getRouter()` of `drover/compat`',
      example: 'drover events tail --follow',
    },
  },
  {
    ...COMMON,
    module: 'unified_queue_populator',
    successor: 'Drover',
    names: ['UnifiedQueuePopulator', 'QueuePopulatorConfig'],
    compat: { QueuePopulatorConfig: 'QueuePopulatorConfig' },
    replacement: CAMPAIGNS,
  },
  {
    ...COMMON,
    module: 'unified_distribution_daemon',
    successor: 'Drover',
    names: [
      'UnifiedDistributionDaemon',
      'DataType',
      'DistributionConfig',
      'create_model_distribution_daemon',
      'create_npz_distribution_daemon',
    ],
    compat: { DistributionConfig: 'DistributionConfig' },
    warned: ['create_model_distribution_daemon', 'create_npz_distribution_daemon'],
    daemonTypes: ['unified_distribution'],
    replacement: {
      kind: 'event',
      text: '`ModelPromoted` and `DatasetPublished`',
      example: 'drover artifacts wait hex8_2p@12 --min 3 --timeout 300',
    },
  },
  {
    ...COMMON,
    module: 'unified_replication_daemon',
    successor: 'Drover',
    names: ['UnifiedReplicationDaemon', 'create_replication_monitor', 'create_replication_repair_daemon'],
    warned: ['create_replication_monitor', 'create_replication_repair_daemon'],
    daemonTypes: ['unified_replication'],
    replacement: REPLICATION,
  },
  {
    ...COMMON,
    module: 'unified_idle_shutdown_daemon',
    successor: 'Drover',
    names: [
      'create_lambda_idle_daemon',
      'create_vast_idle_daemon',
      'create_runpod_idle_daemon',
      'UnifiedIdleShutdownDaemon',
      'IdleShutdownConfig',
    ],
    compat: { create_runpod_idle_daemon: 'createRunpodIdleDaemon' },
    warned: ['create_lambda_idle_daemon'],
    daemonTypes: ['unified_idle'],
    replacement: {
      kind: 'resource',
      text: 'the section `idle` of fleet.yaml; it runs each minute by itself',
      example: 'drover migrate env --to fleet.yaml',
    },
  },
];

export { replacedModules };
