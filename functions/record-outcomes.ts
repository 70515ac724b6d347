import { createDocumentClient, createSqsClient } from '../lib/aws/clients.ts';
import { FUNCTIONS } from '../lib/constants.ts';
import { PermanentError } from '../lib/errors.ts';
import { createDynamoSeenEvents } from '../lib/events/dynamo-seen-events.ts';
import { parseEvent } from '../lib/events/parse-event.ts';
import { loadHealthPolicy } from '../lib/health/dynamo-health-policy.ts';
import { createDynamoOutcomeStore } from '../lib/health/dynamo-outcome-store.ts';
import { outcomeEventSchema } from '../lib/health/outcome-event.ts';
import { recordOutcome } from '../lib/health/record-outcome.ts';
import { systemClock } from '../lib/time.ts';
import { readEnvironment } from './environment.ts';
import { createRecordsHandler } from './process-records.ts';
import { parseJsonBody } from './queue-record.ts';

const environment = readEnvironment(['controlTable', 'refusedQueueUrl']);
const client = createDocumentClient();
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
  handle: async (event, { sentAt }) =>
    recordOutcome(ports, event, await loadHealthPolicy(client, environment.controlTable), sentAt),
});

export { handler };
