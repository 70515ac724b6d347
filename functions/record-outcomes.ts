import { createDocumentClient, createSqsClient } from '../lib/aws/clients.ts';
import { createCachedConfig } from '../lib/config/cached-config.ts';
import { createDynamoConfigStore } from '../lib/config/dynamo-config-store.ts';
import { FUNCTIONS } from '../lib/constants.ts';
import { PermanentError } from '../lib/errors.ts';
import { createDynamoSeenEvents } from '../lib/events/dynamo-seen-events.ts';
import { parseEvent } from '../lib/events/parse-event.ts';
import { createDynamoOutcomeStore } from '../lib/health/dynamo-outcome-store.ts';
import { resolveHealthPolicy } from '../lib/health/health-policy.ts';
import { outcomeEventSchema } from '../lib/health/outcome-event.ts';
import { recordOutcome } from '../lib/health/record-outcome.ts';
import { systemClock } from '../lib/time.ts';
import { readEnvironment } from './environment.ts';
import { createRecordsHandler } from './process-records.ts';
import { parseJsonBody } from './queue-record.ts';

const environment = readEnvironment(['controlTable', 'refusedQueueUrl']);
const client = createDocumentClient();
const CONFIG_MAX_AGE_SECONDS = 60;
const configs = createCachedConfig(
  createDynamoConfigStore(client, environment.controlTable),
  systemClock,
  CONFIG_MAX_AGE_SECONDS,
);
const ports = {
  outcomes: createDynamoOutcomeStore(client, environment.controlTable),
  seen: createDynamoSeenEvents(client, environment.controlTable, systemClock),
  clock: systemClock,
  actor: FUNCTIONS.recordOutcomes,
};

/** How attempts ended, of the pipeline and of Drover itself: what the health score counts. */
const handler = createRecordsHandler({
  functionName: FUNCTIONS.recordOutcomes,
  refusedQueueUrl: environment.refusedQueueUrl,
  sqs: createSqsClient(),
  clock: systemClock,
  parse: ({ body }) => {
    const event = parseEvent(parseJsonBody(body));
    const parsed = outcomeEventSchema.safeParse(event);
    if (parsed.success) return parsed.data;
    throw new PermanentError(`${event.name} tells of no outcome`, { cause: parsed.error });
  },
  handle: async (event, { sentAt }) => {
    const { config } = await configs.current();
    return recordOutcome(ports, event, resolveHealthPolicy(config.health), sentAt);
  },
});

export { handler };
