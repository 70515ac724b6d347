/** Metrics that functions write, alarms watch and the dashboard shows: docs/operators/monitoring.md says what each means. */
export const METRICS = {
  namespace: 'Drover',
  // Every queue function.
  recordsHandled: 'RecordsHandled',
  recordsRefused: 'RecordsRefused',
  recordsFailed: 'RecordsFailed',
  // dispatch-distribution.
  eventLatencySeconds: 'EventLatencySeconds',
  deliveriesVerified: 'DeliveriesVerified',
  deliveriesFailed: 'DeliveriesFailed',
  // record-reports.
  commandLatencySeconds: 'CommandLatencySeconds',
  workReportsRefused: 'WorkReportsRefused',
  // dispatch-work.
  freeNodes: 'FreeNodes',
  workWaiting: 'WorkWaiting',
  workAssigned: 'WorkAssigned',
  /** With and without the dimension `reason`. */
  workRefusals: 'WorkRefusals',
  // dispatch-work and populate-queue: a brake could not be read, and work started all the same.
  workGateOpened: 'WorkGateOpened',
  // sweep-deliveries.
  deliveriesPending: 'DeliveriesPending',
  deliveriesSent: 'DeliveriesSent',
  deliveriesTransferring: 'DeliveriesTransferring',
  openDistributions: 'OpenDistributions',
  blockedReceivers: 'BlockedReceivers',
  syncBacklogSeconds: 'SyncBacklogSeconds',
  // reconcile-instances, per provider.
  instancesListed: 'InstancesListed',
  unmanagedInstances: 'UnmanagedInstances',
  listingFailures: 'ListingFailures',
  spendUsdPerHour: 'SpendUsdPerHour',
  spendMonthUsd: 'SpendMonthUsd',
  unpricedInstances: 'UnpricedInstances',
  providerErrors: 'ProviderErrors',
  providerThrottles: 'ProviderThrottles',
  // reconcile-instances, of the fleet.
  budgetsReached: 'BudgetsReached',
  // score-health.
  healthScore: 'HealthScore',
  healthNodes: 'HealthNodes',
  healthCircuits: 'HealthCircuits',
  healthErrors: 'HealthErrors',
  healthRecovery: 'HealthRecovery',
  /** With and without the dimension `provider`. */
  nodesHealthy: 'NodesHealthy',
  nodesDegraded: 'NodesDegraded',
  nodesUnhealthy: 'NodesUnhealthy',
  nodesUnreachable: 'NodesUnreachable',
  nodesUnknown: 'NodesUnknown',
  pipelinePaused: 'PipelinePaused',
  observerSuspect: 'ObserverSuspect',
  heartbeatAgeSeconds: 'HeartbeatAgeSeconds',
  gpuUtilizationPercent: 'GpuUtilizationPercent',
  // shut-down-idle, per provider.
  idleNodes: 'IdleNodes',
  drainsPending: 'DrainsPending',
  stuckDrains: 'StuckDrains',
  stuckTerminations: 'StuckTerminations',
  terminations: 'Terminations',
  savingUsdPerHour: 'SavingUsdPerHour',
  idleCycleFailures: 'IdleCycleFailures',
  // populate-queue.
  queueDepthCpu: 'QueueDepthCpu',
  queueDepthGpu: 'QueueDepthGpu',
  queueDepthGpuLarge: 'QueueDepthGpuLarge',
  queueDepthUnknown: 'QueueDepthUnknown',
  workMade: 'WorkMade',
  backpressureLevel: 'BackpressureLevel',
  starvedClasses: 'StarvedClasses',
  // repair-replication.
  artifactsLost: 'ArtifactsLost',
  artifactsWithoutCopy: 'ArtifactsWithoutCopy',
  artifactsSingleCopy: 'ArtifactsSingleCopy',
  artifactsUnderReplicated: 'ArtifactsUnderReplicated',
  artifactsShortOfTarget: 'ArtifactsShortOfTarget',
  replicationScore: 'ReplicationScore',
  repairsRunning: 'RepairsRunning',
  repairsSucceeded: 'RepairsSucceeded',
  repairsFailed: 'RepairsFailed',
  repairBacklogSeconds: 'RepairBacklogSeconds',
  unreadableLists: 'UnreadableLists',
} as const;

export type MetricName = Exclude<(typeof METRICS)[keyof typeof METRICS], 'Drover'>;
