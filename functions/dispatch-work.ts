import { Logger } from '@aws-lambda-powertools/logger';
import { EventBridgeClient } from '@aws-sdk/client-eventbridge';
import type { Context, SQSBatchResponse, SQSEvent } from 'aws-lambda';
import * as z from 'zod';
import { createDocumentClient, createSqsClient } from '../lib/aws/clients.ts';
import { throwCollected } from '../lib/collected-errors.ts';
import { createDynamoCommandStore } from '../lib/commands/dynamo-command-store.ts';
import { createSqsCommandSender } from '../lib/commands/sqs-command-sender.ts';
import { createDynamoConfigStore } from '../lib/config/dynamo-config-store.ts';
import { nodeConfigurationOf } from '../lib/config/node-configuration-of.ts';
import { EVENT_SOURCE, FUNCTIONS } from '../lib/constants.ts';
import { parseEvent } from '../lib/events/parse-event.ts';
import { createEventBridgePublisher } from '../lib/events/publish.ts';
import { brakeState } from '../lib/health/brake.ts';
import { createDynamoBrakeStore } from '../lib/health/dynamo-brake-store.ts';
import { createDynamoPauseStore } from '../lib/health/dynamo-pause-store.ts';
import { resolveHealthPolicy } from '../lib/health/health-policy.ts';
import { createDynamoHoldStore } from '../lib/holds/dynamo-hold-store.ts';
import { createHoldGate } from '../lib/holds/hold-gate.ts';
import { createDynamoNodeStore } from '../lib/nodes/dynamo-node-store.ts';
import { systemClock } from '../lib/time.ts';
import { fullDiskPercentOf } from '../lib/work/disk-full.ts';
import { dispatchWork } from '../lib/work/dispatch-work.ts';
import { createDynamoPopulationStore } from '../lib/work/dynamo-population-store.ts';
import { createDynamoWorkStore } from '../lib/work/dynamo-work-store.ts';
import { fairShares, sharesOfCycle } from '../lib/work/fair-shares.ts';
import { settleDependents } from '../lib/work/sweep-blocked.ts';
import { sweepWork } from '../lib/work/sweep-work.ts';
import type { WorkPorts } from '../lib/work/work-ports.ts';
import { triggerOf } from '../lib/work/work-trigger.ts';
import { publishDispatchMetrics } from './dispatch-metrics.ts';
import { readEnvironment } from './environment.ts';
import { publishGateOpened } from './gate-metrics.ts';
import { createRecordsHandler } from './process-records.ts';
import { parseJsonBody } from './queue-record.ts';

const logger = new Logger({ serviceName: FUNCTIONS.dispatchWork });
const environment = readEnvironment([
  'nodesTable',
  'workTable',
  'commandsTable',
  'controlTable',
  'eventBusName',
  'nodeQueueUrlPrefix',
  'refusedQueueUrl',
]);
const { controlTable } = environment;
const client = createDocumentClient();
const sqs = createSqsClient();
const warn = (message: string, error: unknown): void => logger.warn(message, { error: String(error) });
const brakes = createDynamoBrakeStore(client, controlTable);
const gate = createHoldGate({
  holds: createDynamoHoldStore(client, controlTable),
  pauses: createDynamoPauseStore(client, controlTable),
  clock: systemClock,
  warn,
  onOpened: () => publishGateOpened(FUNCTIONS.dispatchWork),
});
const configs = createDynamoConfigStore(client, controlTable);
const populations = createDynamoPopulationStore(client, controlTable);
/** Shares that cannot be read keep no node from work. */
const readCycle = async () => {
  try {
    return await populations.get();
  } catch (error) {
    warn('the last cycle of populate-queue could not be read, so shares go by weight alone', error);
    return undefined;
  }
};
const ports: WorkPorts = {
  work: createDynamoWorkStore(client, environment.workTable),
  nodes: createDynamoNodeStore(client, environment.nodesTable),
  commands: createDynamoCommandStore(client, environment.commandsTable),
  sender: createSqsCommandSender(sqs, environment.nodeQueueUrlPrefix),
  publisher: createEventBridgePublisher({
    client: new EventBridgeClient({}),
    busName: environment.eventBusName,
    source: EVENT_SOURCE,
  }),
  leaseBrakes: gate.leaseBrakes,
  settings: async () => {
    const [{ config }, cycle] = await Promise.all([configs.current(), readCycle()]);
    return {
      policies: config.work.nodePolicies,
      shares: fairShares(config.work, sharesOfCycle(config.work, cycle)),
      fullDiskPercent: fullDiskPercentOf(config.health),
      lateReportSeconds: resolveHealthPolicy(config.health).grace.lateReportSeconds,
      nodeConfiguration: (node) => nodeConfigurationOf(config, node),
    };
  },
  observerSuspect: async (now) => brakeState(await brakes.get(), now) !== 'off',
  clock: systemClock,
  warn,
};

const dispatch = async (): Promise<void> => {
  const counts = await dispatchWork(ports);
  publishDispatchMetrics(counts);
  logger.info('gave work to nodes', { ...counts });
};

/** One run for a whole batch: each message only says that there may be something to give. */
let run: Promise<void> | undefined;
const handleRecords = createRecordsHandler({
  functionName: FUNCTIONS.dispatchWork,
  refusedQueueUrl: environment.refusedQueueUrl,
  sqs,
  clock: systemClock,
  parse: ({ body }) => triggerOf(parseEvent(parseJsonBody(body))),
  handle: async ({ endedWorkId }) => {
    // What waited for it can be given at once.
    if (endedWorkId !== undefined) await settleDependents(ports, endedWorkId);
    run ??= dispatch();
    await run;
  },
});

/** What the schedule sends. */
const minuteSchema = z.object({ sweep: z.literal(true) });

const sweepAndDispatch = async (): Promise<void> => {
  // What the sweep frees can be given at once.
  const [swept] = await Promise.allSettled([sweepWork(ports)]);
  if (swept.status === 'fulfilled') logger.info('looked after work', { ...swept.value });
  const [given] = await Promise.allSettled([dispatch()]);
  const errors = [swept, given].flatMap((step) => (step.status === 'rejected' ? [step.reason] : []));
  throwCollected(errors, 'work was not looked after in full; the next minute tries again');
};

/** Gives what waits to free slots: on events after which there may be one, and every minute, with a look at all that was given. */
const handler = async (
  event: SQSEvent | object,
  context?: Context,
): Promise<SQSBatchResponse | undefined> => {
  if ('Records' in event) {
    run = undefined;
    return handleRecords(event, context);
  }
  minuteSchema.parse(event);
  await sweepAndDispatch();
  return undefined;
};

export { handler };
