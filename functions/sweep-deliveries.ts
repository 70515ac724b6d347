import { Logger } from '@aws-lambda-powertools/logger';
import { Metrics, MetricUnit } from '@aws-lambda-powertools/metrics';
import { createDocumentClient, createSqsClient } from '../lib/aws/clients.ts';
import { throwCollected } from '../lib/collected-errors.ts';
import { FUNCTIONS, METRICS } from '../lib/constants.ts';
import { type SweepCounts, sweepDeliveries } from '../lib/distribution/sweep-deliveries.ts';
import { createDynamoHoldStore } from '../lib/holds/dynamo-hold-store.ts';
import { createHoldGate } from '../lib/holds/hold-gate.ts';
import { deleteNodeQueue } from '../lib/nodes/delete-node-queue.ts';
import { createDynamoNodeStore } from '../lib/nodes/dynamo-node-store.ts';
import { sweepNodeQueues } from '../lib/nodes/sweep-node-queues.ts';
import { distributionPolicyOf } from '../lib/sync/distribution-policy-of.ts';
import { createDynamoBlockedStore } from '../lib/sync/dynamo-blocked-store.ts';
import { createDynamoScheduleStore } from '../lib/sync/dynamo-schedule-store.ts';
import { runSchedules } from '../lib/sync/run-schedules.ts';
import { watchReceivers } from '../lib/sync/watch-receivers.ts';
import { systemClock } from '../lib/time.ts';
import { createDispatchPorts, createSyncConfig, dispatchEnvironment } from './dispatch-ports.ts';
import { readEnvironment } from './environment.ts';

const logger = new Logger({ serviceName: FUNCTIONS.sweepDeliveries });
const metrics = new Metrics({ namespace: METRICS.namespace, serviceName: FUNCTIONS.sweepDeliveries });
const environment = readEnvironment(dispatchEnvironment);
const client = createDocumentClient();
const sqs = createSqsClient();
const syncConfig = createSyncConfig(environment, client);
const ports = createDispatchPorts(FUNCTIONS.sweepDeliveries, environment, client, sqs);
const queuePorts = {
  nodes: createDynamoNodeStore(client, environment.nodesTable),
  gate: createHoldGate({
    holds: createDynamoHoldStore(client, environment.controlTable),
    clock: systemClock,
    warn: (message, error) => logger.warn(message, { error: String(error) }),
  }),
  deleteQueue: (nodeId: string) => deleteNodeQueue(sqs, environment.nodeQueueUrlPrefix, nodeId),
  audit: ports.audit,
  commands: ports.commands,
  clock: systemClock,
  actor: FUNCTIONS.sweepDeliveries,
};

const receiverPorts = {
  nodes: queuePorts.nodes,
  blocked: createDynamoBlockedStore(client, environment.controlTable),
  clock: systemClock,
};

const schedulePorts = {
  schedules: createDynamoScheduleStore(client, environment.controlTable),
  publisher: ports.publisher,
  clock: systemClock,
};

const MAX_LOGGED = 50;

/** Nodes that can be sent no data, and those that bring none, are metrics that alarms watch. */
const watchForBlocked = async (): Promise<void> => {
  const { blocked, behind } = await watchReceivers(receiverPorts, await syncConfig());
  if (blocked.length > 0)
    logger.info('nodes that can be sent no data', { blocked: blocked.slice(0, MAX_LOGGED) });
  if (behind.length > 0)
    logger.info('nodes that are behind with their data', { behind: behind.slice(0, MAX_LOGGED) });
  metrics.addMetric(
    METRICS.blockedReceivers,
    MetricUnit.Count,
    blocked.filter(({ isLong }) => isLong).length,
  );
  metrics.addMetric(METRICS.syncBacklogSeconds, MetricUnit.Seconds, behind[0]?.overdueSeconds ?? 0);
};

const sweep = async (): Promise<SweepCounts> =>
  await sweepDeliveries(ports, distributionPolicyOf(await syncConfig()));

const measure = ({ underWay, distributions }: SweepCounts): void => {
  metrics.addMetric(METRICS.deliveriesPending, MetricUnit.Count, underWay.pending);
  metrics.addMetric(METRICS.deliveriesSent, MetricUnit.Count, underWay.sent);
  metrics.addMetric(METRICS.deliveriesTransferring, MetricUnit.Count, underWay.transferring);
  metrics.addMetric(METRICS.openDistributions, MetricUnit.Count, distributions);
};

/** Each minute: what events did not finish. Errors throw at the end, so that the function's metric `Errors` counts them. */
const handler = async (): Promise<void> => {
  const [deliveries, queues, receivers, schedules] = await Promise.allSettled([
    sweep(),
    sweepNodeQueues(queuePorts),
    watchForBlocked(),
    syncConfig().then(async (config) => await runSchedules(schedulePorts, config)),
  ]);
  if (deliveries.status === 'fulfilled') {
    logger.info('deliveries swept', { ...deliveries.value });
    measure(deliveries.value);
  }
  metrics.publishStoredMetrics();
  const failed = [deliveries, queues, receivers, schedules].flatMap((step) =>
    step.status === 'rejected' ? [step.reason] : [],
  );
  throwCollected(failed, 'the sweep failed; the next minute tries again');
};

export { handler };
