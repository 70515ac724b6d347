/**
 * Every action that an audit row can be about: verb-noun in kebab case. Closed, so that a listing over all of them is a listing
 * of all rows, and no two features have two words for one thing.
 */
const auditActions = [
  // Nodes.
  'enroll-node',
  'rebind-node',
  'reissue-secret',
  'activate-node',
  'record-binding',
  'revive-node',
  'termination-notice',
  'end-node',
  'revoke-node',
  'delete-node-queue',
  // Join tokens.
  'mint-join-token',
  'revoke-join-token',
  // Artifacts and distributions.
  'register-artifact',
  'sync-data',
  'promote-model',
  'start-distribution',
  'end-distribution',
  // Replication.
  'write-off-copies',
  'lose-artifact',
  'repair-artifact',
  'trim-copy',
  'drop-rotten-copy',
  'drop-store-copy',
  'restore-store-copy',
  // Events and dead letters.
  'put-event',
  'redrive-message',
  // Idle shutdown.
  'drain-node',
  'cancel-drain',
  'terminate-node',
  'would-terminate-node',
  'end-shadow-drain',
  'force-termination',
  'resume-node',
  'waive-data',
  // Health.
  'change-node-health',
  'change-system-health',
  'suspect-observer',
  'pause-pipeline',
  'resume-pipeline',
  // Work.
  'submit-work',
  'cancel-work',
  'retry-work',
  'refuse-work-report',
  // Configuration.
  'apply-config',
  'take-back-apply-config',
  // Holds.
  'put-hold',
  'release-hold',
  // Providers and money.
  'store-provider-key',
  'hold-back-listing',
  'believe-listing',
  'set-budget',
  'raise-budget-step',
] as const;
type AuditAction = (typeof auditActions)[number];

export type { AuditAction };
export { auditActions };
