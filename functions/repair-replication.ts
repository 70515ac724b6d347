import { Logger } from '@aws-lambda-powertools/logger';
import { Metrics, MetricUnit } from '@aws-lambda-powertools/metrics';
import { S3Client } from '@aws-sdk/client-s3';
import { createDocumentClient, createSqsClient } from '../lib/aws/clients.ts';
import { createDynamoLease } from '../lib/aws/dynamo-lease.ts';
import { createDynamoConfigStore } from '../lib/config/dynamo-config-store.ts';
import { FUNCTIONS, METRICS, REPAIR_LEASE_SECONDS } from '../lib/constants.ts';
import { brakeState } from '../lib/health/brake.ts';
import { createDynamoBrakeStore } from '../lib/health/dynamo-brake-store.ts';
import { createDynamoHoldStore } from '../lib/holds/dynamo-hold-store.ts';
import { createS3InventoryDocuments } from '../lib/nodes/s3-inventory-documents.ts';
import { createDynamoReplicationStore } from '../lib/replication/dynamo-replication-store.ts';
import type { RepairPorts } from '../lib/replication/repair-ports.ts';
import { type RepairCycle, repairReplication, throwFailures } from '../lib/replication/repair-replication.ts';
import { distributionPolicyOf } from '../lib/sync/distribution-policy-of.ts';
import { copyEnvironment, createCopyPorts } from './dispatch-ports.ts';
import { readEnvironment } from './environment.ts';
import { runAlone } from './run-alone.ts';

const logger = new Logger({ serviceName: FUNCTIONS.repairReplication });
const metrics = new Metrics({ namespace: METRICS.namespace, serviceName: FUNCTIONS.repairReplication });
const environment = readEnvironment(copyEnvironment);
const { controlTable } = environment;
const client = createDocumentClient();
const configs = createDynamoConfigStore(client, controlTable);
const brakes = createDynamoBrakeStore(client, controlTable);
const lease = createDynamoLease(client, controlTable, FUNCTIONS.repairReplication);
const ports: RepairPorts = {
  ...createCopyPorts(FUNCTIONS.repairReplication, environment, client, createSqsClient()),
  documents: createS3InventoryDocuments(new S3Client({}), environment.artifactBucket),
  records: createDynamoReplicationStore(client, controlTable),
  holds: createDynamoHoldStore(client, controlTable),
  brakeState: async (now) => brakeState(await brakes.get(), now),
};

/** The full count is made in every fifth minute. */
const COUNT_EVERY_MINUTES = 5;

const report = ({ writtenOff, lost, running, ended, count }: RepairCycle): void => {
  const endedHow = (how: string): number => ended.filter((repair) => repair.how === how).length;
  metrics.addMetric(METRICS.artifactsLost, MetricUnit.Count, lost + (count?.toldLate ?? 0));
  metrics.addMetric(METRICS.unreadableLists, MetricUnit.Count, writtenOff.unreadable);
  metrics.addMetric(METRICS.repairsRunning, MetricUnit.Count, running);
  metrics.addMetric(METRICS.repairsSucceeded, MetricUnit.Count, endedHow('succeeded'));
  metrics.addMetric(METRICS.repairsFailed, MetricUnit.Count, endedHow('failed'));
  if (count !== undefined) {
    const { score, lost: without, single, under, short } = count.report;
    metrics.addMetric(METRICS.replicationScore, MetricUnit.NoUnit, score);
    metrics.addMetric(METRICS.artifactsWithoutCopy, MetricUnit.Count, without);
    metrics.addMetric(METRICS.artifactsSingleCopy, MetricUnit.Count, single);
    metrics.addMetric(METRICS.artifactsUnderReplicated, MetricUnit.Count, under);
    metrics.addMetric(METRICS.artifactsShortOfTarget, MetricUnit.Count, short);
    metrics.addMetric(METRICS.repairBacklogSeconds, MetricUnit.Seconds, count.backlogSeconds);
  }
  metrics.publishStoredMetrics();
};

/** Each minute: copies that are missing are made good; every five the full count. Errors throw at the end, so that the alarm sees them. */
const handler = async (): Promise<void> => {
  await runAlone({ lease, leaseSeconds: REPAIR_LEASE_SECONDS, logger }, async (now) => {
    const { config } = await configs.current();
    const isFull = now.getUTCMinutes() % COUNT_EVERY_MINUTES === 0;
    const cycle = await repairReplication(
      ports,
      config.replication,
      isFull,
      distributionPolicyOf(config.sync),
    );
    report(cycle);
    const { writtenOff, reconciled, begun, settled, lost, running, reasons } = cycle;
    logger.info('looked at the copies', { writtenOff, reconciled, begun, settled, lost, running, reasons });
    throwFailures(cycle);
  });
};

export { handler };
