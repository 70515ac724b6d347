/**
 * Names and numbers that infra and code share, so that they cannot drift. Everything that Drover makes in an
 * account is named `drover-<stage>-<part>`. It imports names only: infra reads this file and nothing else of
 * `lib`, except the event catalogue.
 */

const PRODUCT = 'drover';

/** A stage names one installation: lower-case letters, digits and dashes, at most 12 characters (queue and role names stay in their limits). */
export const STAGE_PATTERN = /^[a-z][a-z0-9-]{0,11}$/;

/** The full name of a stack resource, e.g. `drover-prod-reports`. */
export const resourceName = (stage: string, part: string): string => `${PRODUCT}-${stage}-${part}`;

/** The CloudFormation stack's name. */
export const stackName = (stage: string): string => `${PRODUCT}-${stage}`;

/** The source of canonical events: `drover` or `drover.<component>`. Every other source goes through `route-events` first. */
export const EVENT_SOURCE = 'drover';

/** Tables: the part of the name after `drover-<stage>-`. */
export const TABLES = {
  nodes: 'nodes',
  artifacts: 'artifacts',
  commands: 'commands',
  distributions: 'distributions',
  identity: 'identity',
  control: 'control',
  audit: 'audit',
  instances: 'instances',
  work: 'work',
  campaigns: 'campaigns',
} as const;

/** Secondary indexes. They find candidates only; decisions re-read the items. */
export const INDEXES = {
  /** nodes: lifecycle → provider. No heartbeat attribute is projected, so a heartbeat costs no index write. */
  nodesByLifecycle: 'byLifecycle',
  /** artifacts: kindName (`model#hex8_2p`) → registeredAt. */
  artifactsByName: 'byName',
  /** artifacts: nodeId → artifactId, for delivery rows. */
  artifactsByNode: 'byNode',
  /** artifacts: deliveryState → dueAt, sparse: only rows that are not terminal. */
  deliveriesByState: 'byDeliveryState',
  /** artifacts: replicaState → replicaKey (`01#<dueAt>`), sparse: only META items whose copies want a look or a repair. */
  artifactsByReplicas: 'byReplicas',
  /** commands: nodeStatus (`n-…#issued`) → issuedAt. */
  commandsByNodeStatus: 'byNodeStatus',
  /** distributions: state → deadlineAt, sparse: only running ones and those not announced yet. */
  distributionsByState: 'byState',
  /** work: statusClass (`pending#gpu`) → availableAt. */
  workByStatus: 'byStatus',
  /** work: campaignId → createdAt. */
  workByCampaign: 'byCampaign',
  /** work: untoldClass (`gpu`) → workId, sparse: items whose last changes may not have been told. */
  workByUntold: 'byUntold',
  /** audit: action → at. */
  auditByAction: 'byAction',
} as const;

/** Queues that exist once per stage. Each has a dead-letter queue `<name>-dlq`. */
export const QUEUES = {
  /** Events from outside, on their way to `route-events`. */
  ingest: 'ingest',
  /** Reports of agents, on their way to `record-reports`. */
  reports: 'reports',
  /** Canonical events that start or advance distributions, on their way to `dispatch-distribution`. */
  distribution: 'distribution',
  /** Canonical events that tell how an attempt ended, on their way to `record-outcomes`. */
  outcomes: 'outcomes',
  /** Canonical events that tell how a campaign does, on their way to `record-ratings`. */
  ratings: 'ratings',
  /** Canonical events after which a node may take work, on their way to `dispatch-work`. */
  work: 'work',
  /** Canonical events that data is new, missing or too old somewhere, on their way to `dispatch-sync`. */
  sync: 'sync',
} as const;

/** Providers with an API to ask: each is reconciled by its own schedule. */
export const LISTED_PROVIDERS = ['lambda-labs', 'vast', 'runpod'] as const;

/** A function stopped at this age; its lease outlives it a little, so that two never work on one provider. */
export const RECONCILE_TIMEOUT_SECONDS = 300;
export const RECONCILE_LEASE_SECONDS = RECONCILE_TIMEOUT_SECONDS + 10;

/** Longer than a cycle that asks a slow provider; the lease outlives it a little, so that two never work on one provider. */
export const IDLE_TIMEOUT_SECONDS = 300;
export const IDLE_LEASE_SECONDS = IDLE_TIMEOUT_SECONDS + 10;

/** Longer than this, a termination is a billing leak that somebody must know of (design.md section 5, invariant 5). */
export const STUCK_TERMINATION_SECONDS = 600;

/** Functions whose decisions destroy nothing may work by a configuration of this age (design.md section 7). */
export const CONFIG_MAX_AGE_SECONDS = 60;

/** One evaluation of the fleet at a time: its lease outlives the function a little. */
export const SCORE_TIMEOUT_SECONDS = 55;
export const SCORE_LEASE_SECONDS = SCORE_TIMEOUT_SECONDS + 5;

/** One cycle of populate-queue at a time: its lease outlives the function a little. */
export const POPULATE_TIMEOUT_SECONDS = 55;
export const POPULATE_LEASE_SECONDS = POPULATE_TIMEOUT_SECONDS + 5;

/** One cycle of repair at a time: its lease outlives the function a little. */
export const REPAIR_TIMEOUT_SECONDS = 300;
export const REPAIR_LEASE_SECONDS = REPAIR_TIMEOUT_SECONDS + 10;

/** The secret that holds a provider's key. `drover providers login` makes it, not the stack. */
export const providerSecretName = (stage: string, provider: string): string =>
  `${PRODUCT}/${stage}/providers/${provider}`;

export const deadLetterName = (name: string): string => `${name}-dlq`;

/** One queue per node: `drover-<stage>-node-<nodeId>`; they share the dead-letter queue `drover-<stage>-node-dlq`. */
export const NODE_QUEUE_PART = 'node';
export const nodeQueueName = (stage: string, nodeId: string): string =>
  resourceName(stage, `${NODE_QUEUE_PART}-${nodeId}`);

/** Targets of EventBridge rules and schedules that are not queues dead-letter here. */
export const TARGET_DLQ = 'targets-dlq';

/** Lambda functions: entry point `functions/<name>.ts`, full name `drover-<stage>-<name>`. */
export const FUNCTIONS = {
  enrollNode: 'enroll-node',
  routeEvents: 'route-events',
  recordReports: 'record-reports',
  dispatchDistribution: 'dispatch-distribution',
  sweepDeliveries: 'sweep-deliveries',
  reconcileInstances: 'reconcile-instances',
  shutDownIdle: 'shut-down-idle',
  recordOutcomes: 'record-outcomes',
  scoreHealth: 'score-health',
  recordRatings: 'record-ratings',
  populateQueue: 'populate-queue',
  dispatchWork: 'dispatch-work',
  repairReplication: 'repair-replication',
  dispatchSync: 'dispatch-sync',
} as const;

export type FunctionName = (typeof FUNCTIONS)[keyof typeof FUNCTIONS];

/** The role whose sessions are nodes. Session name = nodeId = session tag `nodeId`. */
export const NODE_ROLE = 'node';
export const NODE_ID_TAG = 'nodeId';

/** Keys of artifacts in the bucket: `artifacts/<sha256>`. The only prefix that nodes may write. */
export const ARTIFACT_PREFIX = 'artifacts/';
/** How the fleet is, for nodes: written by `score-health`, read by every agent. */
export const FLEET_HEALTH_KEY = 'state/fleet.json';

/** The log group of every event: `/drover/<stage>/events`. EventBridge may only write to groups under its resource policy. */
export const eventsLogGroupName = (stage: string): string => `/${PRODUCT}/${stage}/events`;

/** Stack outputs that `drover connect` reads. */
export const OUTPUTS = {
  eventBusName: 'EventBusName',
  enrolmentUrl: 'EnrolmentUrl',
  artifactBucket: 'ArtifactBucketName',
} as const;

/**
 * Environment variables of the functions: each function gets those that it reads, and no other
 * (`functions/environment.ts` picks, `infra/` sets, the names live here).
 */
export const ENV = {
  stage: 'DROVER_STAGE',
  nodesTable: 'NODES_TABLE',
  artifactsTable: 'ARTIFACTS_TABLE',
  commandsTable: 'COMMANDS_TABLE',
  distributionsTable: 'DISTRIBUTIONS_TABLE',
  identityTable: 'IDENTITY_TABLE',
  controlTable: 'CONTROL_TABLE',
  auditTable: 'AUDIT_TABLE',
  instancesTable: 'INSTANCES_TABLE',
  workTable: 'WORK_TABLE',
  campaignsTable: 'CAMPAIGNS_TABLE',
  eventBusName: 'EVENT_BUS_NAME',
  artifactBucket: 'ARTIFACT_BUCKET',
  reportsQueueUrl: 'REPORTS_QUEUE_URL',
  /** `https://sqs.<region>.<suffix>/<account>/drover-<stage>-node-`: append the nodeId. */
  nodeQueueUrlPrefix: 'NODE_QUEUE_URL_PREFIX',
  /** `arn:<partition>:sqs:<region>:<account>:drover-<stage>-node-`: append the nodeId. */
  nodeQueueArnPrefix: 'NODE_QUEUE_ARN_PREFIX',
  nodeDeadLetterQueueArn: 'NODE_DEAD_LETTER_QUEUE_ARN',
  nodeRoleArn: 'NODE_ROLE_ARN',
  /** The role's unique id (`AROA…`): the first half of a node's SQS SenderId. */
  nodeRoleId: 'NODE_ROLE_ID',
  /** Where this function puts what it refuses, with the reason: its own source queue's dead-letter queue. */
  refusedQueueUrl: 'REFUSED_QUEUE_URL',
} as const;

export { METRICS, type MetricName } from './metric-names.ts';

/**
 * How urgent an alarm is, most urgent first; one SNS topic each. `critical`: money, data or the whole fleet, look now.
 * `warning`: look today. `info`: nothing to do, worth knowing.
 */
export const SEVERITIES = ['critical', 'warning', 'info'] as const;
export type Severity = (typeof SEVERITIES)[number];

/** The topic of a severity: `drover-<stage>-alarms-critical`. */
export const alarmTopicName = (stage: string, severity: Severity): string =>
  resourceName(stage, `alarms-${severity}`);

/** Agents beat this often; design.md section 1 defines fresh as younger than 90 s, which is three intervals. */
export const HEARTBEAT_INTERVAL_SECONDS = 30;
export const FRESH_HEARTBEAT_SECONDS = 90;
/** A provider's listing is fresh as long as this (design.md section 1). */
export const FRESH_LISTING_SECONDS = 300;

/**
 * An abandoned call to the enrolment API must not overtake its own retry: it would overwrite the secret that the retry handed
 * out. So the function ends within 10 s, and its caller waits 10 s more for a cold start (Lambda's longest) and 5 s for the way.
 */
export const ENROL_FUNCTION_SECONDS = 10;
export const ENROL_CALL_SECONDS = 25;

/** Messages are received this often before SQS moves them to the dead-letter queue. */
export const MAX_RECEIVE_COUNT = 5;
/** 14 days, the longest that SQS keeps a message. */
export const DEAD_LETTER_RETENTION_DAYS = 14;
export const EVENT_ARCHIVE_DAYS = 14;

/** A single PUT up to here, parts of this size beyond (design.md section 1). */
export const PART_BYTES = 64 * 1024 * 1024;
