import { createDocumentClient, createSqsClient } from '../lib/aws/clients.ts';
import { FUNCTIONS, METRICS } from '../lib/constants.ts';
import { consumedEventSchema } from '../lib/distribution/consumed-event.ts';
import { dispatchEvent } from '../lib/distribution/dispatch-event.ts';
import { PermanentError } from '../lib/errors.ts';
import { createDynamoSeenEvents } from '../lib/events/dynamo-seen-events.ts';
import { parseEvent } from '../lib/events/parse-event.ts';
import { distributionPolicyOf } from '../lib/sync/distribution-policy-of.ts';
import { secondsSince, systemClock } from '../lib/time.ts';
import { createDispatchPorts, createSyncConfig, dispatchEnvironment } from './dispatch-ports.ts';
import { readEnvironment } from './environment.ts';
import { createRecordsHandler } from './process-records.ts';
import { parseJsonBody } from './queue-record.ts';

const environment = readEnvironment([...dispatchEnvironment, 'refusedQueueUrl']);
const client = createDocumentClient();
const sqs = createSqsClient();
const syncConfig = createSyncConfig(environment, client);
const ports = {
  ...createDispatchPorts(FUNCTIONS.dispatchDistribution, environment, client, sqs),
  seen: createDynamoSeenEvents(client, environment.controlTable, systemClock),
};

/** Events that start or advance distributions: decides the targets, sends commands while there are transfer slots. */
const handler = createRecordsHandler({
  functionName: FUNCTIONS.dispatchDistribution,
  refusedQueueUrl: environment.refusedQueueUrl,
  sqs,
  clock: systemClock,
  parse: ({ body }) => {
    const event = parseEvent(parseJsonBody(body));
    const parsed = consumedEventSchema.safeParse(event);
    if (parsed.success) return parsed.data;
    throw new PermanentError(`${event.name} is no event that starts or advances a distribution`, {
      cause: parsed.error,
    });
  },
  handle: async (event, _record, measure) => {
    await dispatchEvent(ports, event, distributionPolicyOf(await syncConfig()));
    measure.seconds(METRICS.eventLatencySeconds, secondsSince(event.occurredAt, systemClock.now()));
    if (event.name === 'DeliveryVerified') measure.count(METRICS.deliveriesVerified);
    if (event.name === 'DeliveryFailed' && event.fields.final) measure.count(METRICS.deliveriesFailed);
  },
});

export { handler };
