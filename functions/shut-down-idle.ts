import { Logger } from '@aws-lambda-powertools/logger';
import { Metrics, MetricUnit } from '@aws-lambda-powertools/metrics';
import { EventBridgeClient } from '@aws-sdk/client-eventbridge';
import { S3Client } from '@aws-sdk/client-s3';
import { SecretsManagerClient } from '@aws-sdk/client-secrets-manager';
import * as z from 'zod';
import { createDynamoArtifactStore } from '../lib/artifacts/dynamo-artifact-store.ts';
import { createDynamoAuditStore } from '../lib/audit/dynamo-audit-store.ts';
import { createDocumentClient, createSqsClient } from '../lib/aws/clients.ts';
import { createDynamoCommandStore } from '../lib/commands/dynamo-command-store.ts';
import { createSqsCommandSender } from '../lib/commands/sqs-command-sender.ts';
import { createDynamoConfigStore } from '../lib/config/dynamo-config-store.ts';
import { nodeConfigurationOf } from '../lib/config/node-configuration-of.ts';
import { EVENT_SOURCE, FUNCTIONS, IDLE_LEASE_SECONDS, METRICS } from '../lib/constants.ts';
import { createEventBridgePublisher } from '../lib/events/publish.ts';
import { brakeState } from '../lib/health/brake.ts';
import { createDynamoBrakeStore } from '../lib/health/dynamo-brake-store.ts';
import { createDynamoHoldStore } from '../lib/holds/dynamo-hold-store.ts';
import { createDynamoLedgerStore } from '../lib/idle/dynamo-ledger-store.ts';
import { type IdleCycle, shutDownIdle } from '../lib/idle/shut-down-idle.ts';
import { randomIds } from '../lib/ids.ts';
import { createDynamoNodeStore } from '../lib/nodes/dynamo-node-store.ts';
import { providerSchema } from '../lib/nodes/node.ts';
import { createS3InventoryDocuments } from '../lib/nodes/s3-inventory-documents.ts';
import { createDynamoInstanceStore } from '../lib/providers/dynamo-instance-store.ts';
import { createDynamoProviderStateStore } from '../lib/providers/dynamo-provider-state-store.ts';
import { usdFromMicroUsd } from '../lib/providers/money.ts';
import { createProviderKeys } from '../lib/providers/provider-keys.ts';
import { createProviderSecrets } from '../lib/providers/secrets-manager-secrets.ts';
import { addSeconds, systemClock } from '../lib/time.ts';
import { readEnvironment } from './environment.ts';
import { openProvider } from './provider-ports.ts';

const logger = new Logger({ serviceName: FUNCTIONS.shutDownIdle });
const metrics = new Metrics({ namespace: METRICS.namespace, serviceName: FUNCTIONS.shutDownIdle });
const environment = readEnvironment([
  'stage',
  'nodesTable',
  'artifactsTable',
  'commandsTable',
  'instancesTable',
  'controlTable',
  'auditTable',
  'eventBusName',
  'artifactBucket',
  'nodeQueueUrlPrefix',
]);
const { controlTable } = environment;
const client = createDocumentClient();
const keys = createProviderKeys(
  createProviderSecrets(new SecretsManagerClient({}), environment.stage),
  systemClock,
);
const states = createDynamoProviderStateStore(client, controlTable);
const brakes = createDynamoBrakeStore(client, controlTable);
const config = createDynamoConfigStore(client, controlTable);
const ports = {
  nodes: createDynamoNodeStore(client, environment.nodesTable),
  artifacts: createDynamoArtifactStore(client, environment.artifactsTable),
  documents: createS3InventoryDocuments(new S3Client({}), environment.artifactBucket),
  instances: createDynamoInstanceStore(client, environment.instancesTable),
  states,
  holds: createDynamoHoldStore(client, controlTable),
  brakeState: async (now: Date) => brakeState(await brakes.get(), now),
  ledgers: createDynamoLedgerStore(client, controlTable),
  settings: {
    // Never from a cache: a mode that somebody turned off counts at once.
    current: async () => {
      const { idle, ...fleet } = (await config.current()).config;
      return {
        idle,
        nodeConfiguration: (node: Parameters<typeof nodeConfigurationOf>[1]) =>
          nodeConfigurationOf(fleet, node),
      };
    },
  },
  // Drover gives out no work yet, so none of it waits.
  pendingWork: async () => 0,
  commands: createDynamoCommandStore(client, environment.commandsTable),
  sender: createSqsCommandSender(createSqsClient(), environment.nodeQueueUrlPrefix),
  publisher: createEventBridgePublisher({
    client: new EventBridgeClient({}),
    busName: environment.eventBusName,
    source: EVENT_SOURCE,
  }),
  audit: createDynamoAuditStore(client, environment.auditTable),
  clock: systemClock,
  warn: (message: string, error: unknown) => logger.warn(message, { error: String(error) }),
  actor: FUNCTIONS.shutDownIdle,
};

/** What each schedule sends. */
const eventSchema = z.object({ provider: providerSchema });

const report = (cycle: IdleCycle): void => {
  metrics.addMetric(METRICS.idleNodes, MetricUnit.Count, cycle.idle);
  metrics.addMetric(METRICS.drainsPending, MetricUnit.Count, cycle.drainsPending);
  metrics.addMetric(METRICS.stuckDrains, MetricUnit.Count, cycle.stuckDrains);
  metrics.addMetric(METRICS.stuckTerminations, MetricUnit.Count, cycle.stuckTerminations);
  metrics.addMetric(METRICS.terminations, MetricUnit.Count, cycle.terminations);
  metrics.addMetric(
    METRICS.savingUsdPerHour,
    MetricUnit.NoUnit,
    usdFromMicroUsd(cycle.savingMicroUsdPerHour),
  );
};

/** Each minute, per provider: what is surely idle drains, and ends when nothing would be lost. Errors throw, so that the alarm sees them. */
const handler = async (event: unknown): Promise<void> => {
  const key = eventSchema.parse(event).provider;
  const provider = await openProvider(key, { client, controlTable, keys, logger });
  if (provider === undefined) {
    logger.debug('nobody logged in to this provider', { provider: key });
    return;
  }
  const holder = randomIds.uuid();
  const now = systemClock.now();
  if (!(await states.takeLease('idle', key, holder, now, addSeconds(now, IDLE_LEASE_SECONDS)))) {
    logger.info('the last cycle of this provider still runs', { provider: key });
    return;
  }
  metrics.addDimension('provider', key);
  try {
    const cycle = await shutDownIdle({ ...ports, provider });
    report(cycle);
    metrics.addMetric(METRICS.idleCycleFailures, MetricUnit.Count, 0);
    logger.info('looked for idle nodes', { provider: key, ...cycle });
  } catch (error) {
    metrics.addMetric(METRICS.idleCycleFailures, MetricUnit.Count, 1);
    throw error;
  } finally {
    metrics.publishStoredMetrics();
    await states.releaseLease('idle', key, holder);
  }
};

export { handler };
