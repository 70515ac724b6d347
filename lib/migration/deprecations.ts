import type { Deprecation, Phases } from './deprecation.ts';
import { CAMPAIGNS, REPLICATION, SYNC } from './planned-replacements.ts';
import { replacedModules } from './replaced-modules.ts';

const DEPRECATED: Phases = {
  deprecation: '2025-12',
  transition: '2026-Q1',
  archival: '2026-Q2',
  removal: '2026-Q3',
};
/** Moved to the archive in the month in which the others began to warn. */
const ARCHIVED: Phases = { ...DEPRECATED, archival: '2025-12' };

const SYNC_NOTE =
  'Today Drover brings data into the store when a node ends, and when somebody publishes it. Sync while nodes work is planned.';
const REPLICATION_NOTE =
  'Every published artifact has a verified copy in the object store. Copies on other nodes, and their repair, are planned.';

/** The 13 modules of the migration matrix, in its order. */
const deprecatedModules: readonly Deprecation[] = [
  {
    module: 'cluster_data_sync',
    successor: 'AutoSyncDaemon(strategy="broadcast")',
    names: [
      'get_training_node_watcher',
      'TrainingNodeWatcher',
      'get_cluster_data_sync_daemon',
      'create_cluster_data_sync_daemon',
      'ClusterDataSyncDaemon',
    ],
    daemonTypes: ['cluster_data_sync'],
    replacement: SYNC,
    status: 'deprecated',
    priority: 'HIGH',
    phases: DEPRECATED,
    note: SYNC_NOTE,
  },
  {
    module: 'ephemeral_sync',
    successor: 'AutoSyncDaemon(strategy="ephemeral")',
    names: ['get_ephemeral_sync_daemon', 'create_ephemeral_sync_daemon', 'EphemeralSyncDaemon'],
    daemonTypes: ['ephemeral_sync'],
    replacement: {
      kind: 'resource',
      text: 'sync of files from nodes that may vanish',
      state: 'planned',
      example: 'data: { claim: [{ glob: "selfplay/**/*.npz", kind: games, name: selfplay }] }',
    },
    status: 'deprecated',
    priority: 'HIGH',
    phases: DEPRECATED,
    note: `${SYNC_NOTE} \`data.claim\` in fleet.yaml names the files that are brought before the end.`,
  },
  {
    module: 'system_health_monitor',
    successor: 'health_facade.get_system_health()',
    names: [
      'SystemHealthMonitor',
      'SystemHealthMonitorDaemon',
      'get_system_health',
      'get_health_score',
      'get_system_health_score',
      'is_pipeline_paused',
      'should_pause_pipeline',
    ],
    compat: { get_system_health: 'getSystemHealth' },
    daemonTypes: ['system_health_monitor'],
    replacement: {
      kind: 'command',
      text: '`drover health`, or `openHealth(stage)` in TypeScript',
      state: 'ready',
      example: 'drover health --json',
    },
    status: 'deprecated',
    priority: 'MEDIUM',
    phases: DEPRECATED,
    note: 'A score that is not known is absent, never 0.',
  },
  {
    module: 'node_health_monitor',
    successor: 'health_check_orchestrator.py',
    names: ['NodeHealthMonitor', 'get_node_health_monitor', 'NodeStatus', 'NodeHealth'],
    compat: { get_node_health_monitor: 'getNodeHealthMonitor' },
    daemonTypes: ['node_health_monitor', 'health_check'],
    replacement: {
      kind: 'command',
      text: '`drover health <node>`, or `openHealth(stage).getNodeHealth(nodeId)`',
      state: 'ready',
      example: 'drover health n-0123456789ab --json',
    },
    status: 'deprecated',
    priority: 'LOW',
    phases: DEPRECATED,
    note: 'Nodes are asked for by their nodeId (`drover nodes list`), never by a part of a name.',
  },
  {
    module: 'sync_coordinator',
    successor: 'AutoSyncDaemon, SyncFacade',
    names: ['SyncCoordinator', 'SyncScheduler'],
    daemonTypes: ['sync_coordinator'],
    replacement: SYNC,
    status: 'archived',
    priority: 'COMPLETE',
    phases: ARCHIVED,
    note: `Only the module in \`coordination\`. ${SYNC_NOTE}`,
  },
  {
    module: 'unified_event_coordinator',
    successor: 'event_router.py',
    names: [
      'get_event_coordinator',
      'start_coordinator',
      'stop_coordinator',
      'get_coordinator_stats',
      'UnifiedEventCoordinator',
    ],
    compat: { get_event_coordinator: 'getEventCoordinator', start_coordinator: 'startCoordinator' },
    daemonTypes: ['unified_event_coordinator', 'event_coordinator'],
    replacement: {
      kind: 'event',
      text: 'one `PutEvents` call on the bus of the installation, or `getRouter()` of `drover/compat`',
      state: 'ready',
      example: 'boto3.client("events").put_events(Entries=[{"EventBusName": "drover-prod-events", ...}])',
    },
    status: 'archived',
    priority: 'COMPLETE',
    phases: ARCHIVED,
    note: 'There is nothing to start: the bus is always there.',
  },
  {
    module: 'queue_populator',
    successor: 'unified_queue_populator.py',
    names: ['QueuePopulator', 'QueuePopulatorConfig'],
    compat: { QueuePopulator: 'QueuePopulator' },
    daemonTypes: ['queue_populator'],
    replacement: CAMPAIGNS,
    status: 'archived',
    priority: 'COMPLETE',
    phases: ARCHIVED,
    note: 'The depth follows what the fleet drains in two hours, not a fixed number.',
  },
  {
    module: 'model_distribution_daemon',
    successor: 'unified_distribution_daemon.py',
    names: ['ModelDistributionDaemon', 'create_model_distribution_daemon'],
    compat: { create_model_distribution_daemon: 'createModelDistributionDaemon' },
    daemonTypes: ['model_distribution'],
    replacement: {
      kind: 'event',
      text: '`ModelPromoted`, or `drover models promote`',
      state: 'ready',
      example: 'drover models promote hex8_2p@12 --wait',
    },
    status: 'archived',
    priority: 'COMPLETE',
    phases: ARCHIVED,
  },
  {
    module: 'npz_distribution_daemon',
    successor: 'unified_distribution_daemon.py',
    names: ['NPZDistributionDaemon', 'create_npz_distribution_daemon'],
    compat: { create_npz_distribution_daemon: 'createNpzDistributionDaemon' },
    daemonTypes: ['npz_distribution'],
    replacement: {
      kind: 'event',
      text: '`DatasetPublished`, after `drover artifacts publish`',
      state: 'ready',
      example: 'drover artifacts publish ./hex8_2p.npz --kind npz --name hex8_2p --version 12',
    },
    status: 'archived',
    priority: 'COMPLETE',
    phases: ARCHIVED,
  },
  {
    module: 'replication_monitor',
    successor: 'unified_replication_daemon.py',
    names: ['ReplicationMonitor', 'create_replication_monitor'],
    daemonTypes: ['replication_monitor'],
    replacement: REPLICATION,
    status: 'archived',
    priority: 'COMPLETE',
    phases: ARCHIVED,
    note: REPLICATION_NOTE,
  },
  {
    module: 'replication_repair_daemon',
    successor: 'unified_replication_daemon.py',
    names: ['ReplicationRepairDaemon', 'create_replication_repair_daemon'],
    daemonTypes: ['replication_repair'],
    replacement: REPLICATION,
    status: 'archived',
    priority: 'COMPLETE',
    phases: ARCHIVED,
    note: REPLICATION_NOTE,
  },
  {
    module: 'lambda_idle_daemon',
    successor: 'unified_idle_shutdown_daemon.py',
    names: ['LambdaIdleDaemon', 'create_lambda_idle_daemon'],
    compat: { create_lambda_idle_daemon: 'createLambdaIdleDaemon' },
    daemonTypes: ['lambda_idle'],
    replacement: {
      kind: 'resource',
      text: '`idle.providers.lambda-labs` in fleet.yaml; it runs each minute by itself',
      state: 'ready',
      example: 'drover migrate env --to fleet.yaml',
    },
    status: 'archived',
    priority: 'COMPLETE',
    phases: ARCHIVED,
    note: 'The old factory answered None whatever the account was. Here the mode of the provider decides.',
  },
  {
    module: 'vast_idle_daemon',
    successor: 'unified_idle_shutdown_daemon.py',
    names: ['VastIdleDaemon', 'create_vast_idle_daemon'],
    compat: { create_vast_idle_daemon: 'createVastIdleDaemon' },
    daemonTypes: ['vast_idle'],
    replacement: {
      kind: 'resource',
      text: '`idle.providers.vast` in fleet.yaml; it runs each minute by itself',
      state: 'ready',
      example: 'drover migrate env --to fleet.yaml',
    },
    status: 'archived',
    priority: 'COMPLETE',
    phases: ARCHIVED,
  },
];

/**
 * Everything that Drover replaces, in one table: the documentation's matrix, the rules of `drover migrate check` and the names and
 * warnings of `drover/compat` follow from it.
 */
const deprecations: readonly Deprecation[] = [...deprecatedModules, ...replacedModules];

export { deprecatedModules, deprecations };
