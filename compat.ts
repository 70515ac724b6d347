/**
 * `drover/compat`: old names of the daemons that Drover replaces, on the real installation. Each that is deprecated warns once per
 * process; lib/migration/deprecations.ts says which, and docs/users/migrating.md how they behave.
 */

export {
  createModelDistributionDaemon,
  createNpzDistributionDaemon,
  DataType,
  DistributionConfig,
  UnifiedDistributionDaemon,
} from './compat/distribution.ts';
export { getEventCoordinator, getRouter, startCoordinator, UnifiedEventRouter } from './compat/events.ts';
export {
  getClusterHealthSummary,
  getDegradedNodes,
  getHealthOrchestrator,
  getHealthyNodes,
  getNodeHealth,
  getNodeHealthMonitor,
  getOfflineNodes,
  getSystemHealth,
  getSystemHealthScore,
  getUnhealthyNodes,
  shouldPausePipeline,
} from './compat/health.ts';
export {
  createLambdaIdleDaemon,
  createRunpodIdleDaemon,
  createVastIdleDaemon,
  IdleShutdownConfig,
  UnifiedIdleShutdownDaemon,
} from './compat/idle.ts';
export type { Options } from './compat/installation.ts';
export {
  createReplicationMonitor,
  createReplicationRepairDaemon,
  UnifiedReplicationDaemon,
} from './compat/replication.ts';
export {
  AutoSyncConfig,
  AutoSyncDaemon,
  getClusterDataSyncDaemon,
  getEphemeralSyncDaemon,
  getSyncFacade,
  getTrainingNodeWatcher,
  SyncCoordinator,
  SyncStrategy,
} from './compat/sync.ts';
export { QueuePopulator, QueuePopulatorConfig, UnifiedQueuePopulator } from './compat/work.ts';
export type { HealthFacade, NodeHealthView } from './lib/health/facade.ts';
export type { FleetHealth } from './lib/health/fleet-health.ts';
export type { SyncFacade, SyncOrder, SyncOutcome } from './lib/sync/facade.ts';
