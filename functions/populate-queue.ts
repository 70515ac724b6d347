import { Logger } from '@aws-lambda-powertools/logger';
import { EventBridgeClient } from '@aws-sdk/client-eventbridge';
import { createDocumentClient } from '../lib/aws/clients.ts';
import { createDynamoLease } from '../lib/aws/dynamo-lease.ts';
import { throwCollected } from '../lib/collected-errors.ts';
import { createDynamoConfigStore } from '../lib/config/dynamo-config-store.ts';
import { EVENT_SOURCE, FUNCTIONS, POPULATE_LEASE_SECONDS } from '../lib/constants.ts';
import { createEventBridgePublisher } from '../lib/events/publish.ts';
import { createDynamoPauseStore } from '../lib/health/dynamo-pause-store.ts';
import { createDynamoHoldStore } from '../lib/holds/dynamo-hold-store.ts';
import { createHoldGate } from '../lib/holds/hold-gate.ts';
import { createDynamoNodeStore } from '../lib/nodes/dynamo-node-store.ts';
import { systemClock } from '../lib/time.ts';
import { createDynamoCampaignStore } from '../lib/work/dynamo-campaign-store.ts';
import { createDynamoPopulationStore } from '../lib/work/dynamo-population-store.ts';
import { createDynamoWorkStore } from '../lib/work/dynamo-work-store.ts';
import { createDynamoWorkTallies } from '../lib/work/dynamo-work-tallies.ts';
import { type PopulatePorts, populateQueue } from '../lib/work/populate-queue.ts';
import { readEnvironment } from './environment.ts';
import { publishGateOpened } from './gate-metrics.ts';
import { publishPopulateMetrics } from './populate-metrics.ts';
import { runAlone } from './run-alone.ts';

const logger = new Logger({ serviceName: FUNCTIONS.populateQueue });
const environment = readEnvironment([
  'nodesTable',
  'workTable',
  'campaignsTable',
  'controlTable',
  'eventBusName',
]);
const { controlTable, workTable } = environment;
const client = createDocumentClient();
const configs = createDynamoConfigStore(client, controlTable);
const lease = createDynamoLease(client, controlTable, FUNCTIONS.populateQueue);
const holds = createDynamoHoldStore(client, controlTable);
const warn = (message: string, error: unknown): void => logger.warn(message, { error: String(error) });
const ports: PopulatePorts = {
  campaigns: createDynamoCampaignStore(client, environment.campaignsTable),
  nodes: createDynamoNodeStore(client, environment.nodesTable),
  work: createDynamoWorkStore(client, workTable),
  tallies: createDynamoWorkTallies(client, workTable),
  populations: createDynamoPopulationStore(client, controlTable),
  holds,
  gate: createHoldGate({
    holds,
    pauses: createDynamoPauseStore(client, controlTable),
    clock: systemClock,
    warn,
    onOpened: () => publishGateOpened(FUNCTIONS.populateQueue),
  }),
  publisher: createEventBridgePublisher({
    client: new EventBridgeClient({}),
    busName: environment.eventBusName,
    source: EVENT_SOURCE,
  }),
  clock: systemClock,
  warn,
  actor: FUNCTIONS.populateQueue,
};

/** Each minute: keeps as much work waiting as the fleet does in two hours, in fair shares. Errors throw, so that the alarm sees them. */
const handler = async (): Promise<void> => {
  await runAlone({ lease, leaseSeconds: POPULATE_LEASE_SECONDS, logger }, async () => {
    const { config } = await configs.current();
    const report = await populateQueue(ports, config);
    publishPopulateMetrics(report);
    const { level, stoppedBy, classes } = report.population;
    logger.info('populated', { made: report.made, level, stoppedBy, classes });
    throwCollected(report.errors, 'the queue could not be populated');
  });
};

export { handler };
