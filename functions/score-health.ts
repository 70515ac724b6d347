import { Logger } from '@aws-lambda-powertools/logger';
import { EventBridgeClient } from '@aws-sdk/client-eventbridge';
import { S3Client } from '@aws-sdk/client-s3';
import { createDynamoAuditStore } from '../lib/audit/dynamo-audit-store.ts';
import { createDocumentClient, createSqsClient } from '../lib/aws/clients.ts';
import { countWaitingMessages } from '../lib/aws/count-waiting-messages.ts';
import { createDynamoLease } from '../lib/aws/dynamo-lease.ts';
import { throwCollected } from '../lib/collected-errors.ts';
import { createDynamoConfigStore } from '../lib/config/dynamo-config-store.ts';
import { EVENT_SOURCE, FUNCTIONS, SCORE_LEASE_SECONDS } from '../lib/constants.ts';
import { createEventBridgePublisher } from '../lib/events/publish.ts';
import { createDynamoBrakeStore } from '../lib/health/dynamo-brake-store.ts';
import { createDynamoFleetHealthStore } from '../lib/health/dynamo-fleet-health-store.ts';
import { createDynamoOutcomeStore } from '../lib/health/dynamo-outcome-store.ts';
import { createDynamoPauseStore } from '../lib/health/dynamo-pause-store.ts';
import { resolveHealthPolicy } from '../lib/health/health-policy.ts';
import { createS3FleetHealthFile } from '../lib/health/s3-fleet-health-file.ts';
import { scoreHealth } from '../lib/health/score-health.ts';
import type { ScorePorts } from '../lib/health/score-ports.ts';
import { createDynamoHoldStore } from '../lib/holds/dynamo-hold-store.ts';
import { createDynamoNodeStore } from '../lib/nodes/dynamo-node-store.ts';
import { createDynamoInstanceStore } from '../lib/providers/dynamo-instance-store.ts';
import { createDynamoPaceStore } from '../lib/providers/dynamo-pace-store.ts';
import { createDynamoProviderStateStore } from '../lib/providers/dynamo-provider-state-store.ts';
import { createDynamoReplicationStore } from '../lib/replication/dynamo-replication-store.ts';
import { systemClock } from '../lib/time.ts';
import { readEnvironment } from './environment.ts';
import { publishHealthMetrics } from './health-metrics.ts';
import { runAlone } from './run-alone.ts';

const logger = new Logger({ serviceName: FUNCTIONS.scoreHealth });
const environment = readEnvironment([
  'nodesTable',
  'instancesTable',
  'controlTable',
  'auditTable',
  'eventBusName',
  'artifactBucket',
  'reportsQueueUrl',
]);
const { controlTable } = environment;
const client = createDocumentClient();
const configs = createDynamoConfigStore(client, controlTable);
const sqs = createSqsClient();
const lease = createDynamoLease(client, controlTable, FUNCTIONS.scoreHealth);
const ports: ScorePorts = {
  nodes: createDynamoNodeStore(client, environment.nodesTable),
  instances: createDynamoInstanceStore(client, environment.instancesTable),
  states: createDynamoProviderStateStore(client, controlTable),
  paces: createDynamoPaceStore(client, controlTable),
  outcomes: createDynamoOutcomeStore(client, controlTable),
  holds: createDynamoHoldStore(client, controlTable),
  replication: createDynamoReplicationStore(client, controlTable),
  reportsWaiting: () => countWaitingMessages(sqs, environment.reportsQueueUrl),
  brakes: createDynamoBrakeStore(client, controlTable),
  pauses: createDynamoPauseStore(client, controlTable),
  evaluations: createDynamoFleetHealthStore(client, controlTable),
  file: createS3FleetHealthFile(new S3Client({}), environment.artifactBucket),
  audit: createDynamoAuditStore(client, environment.auditTable),
  publisher: createEventBridgePublisher({
    client: new EventBridgeClient({}),
    busName: environment.eventBusName,
    source: EVENT_SOURCE,
  }),
  clock: systemClock,
  actor: FUNCTIONS.scoreHealth,
};

/** Each minute: the health of nodes, the score of the system, the pause of the pipeline. Errors throw, so that the alarm sees them. */
const handler = async (): Promise<void> => {
  await runAlone({ lease, leaseSeconds: SCORE_LEASE_SECONDS, logger }, async (now) => {
    const { config } = await configs.current();
    const report = await scoreHealth(ports, {
      health: resolveHealthPolicy(config.health),
      idle: config.idle,
    });
    publishHealthMetrics(report, now);
    const { score, level, pause, pauseReasons, observer, nodes } = report.fleet;
    logger.info('evaluated', { score, level, pause, pauseReasons, observer, nodes });
    throwCollected(report.errors, 'the health of the fleet could not be evaluated in full');
  });
};

export { handler };
