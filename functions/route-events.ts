import { EventBridgeClient } from '@aws-sdk/client-eventbridge';
import { createSqsClient } from '../lib/aws/clients.ts';
import { EVENT_SOURCE, FUNCTIONS } from '../lib/constants.ts';
import { createEventBridgePublisher } from '../lib/events/publish.ts';
import { routeEvent } from '../lib/events/route-event.ts';
import { systemClock } from '../lib/time.ts';
import { readEnvironment } from './environment.ts';
import { createRecordsHandler } from './process-records.ts';
import { parseJsonBody } from './queue-record.ts';

const { eventBusName, refusedQueueUrl } = readEnvironment(['eventBusName', 'refusedQueueUrl']);
const publisher = createEventBridgePublisher({
  client: new EventBridgeClient({}),
  busName: eventBusName,
  source: EVENT_SOURCE,
});

/** Every event from outside: validated and put on the bus as a canonical event, or refused with the reason. */
const handler = createRecordsHandler({
  functionName: FUNCTIONS.routeEvents,
  refusedQueueUrl,
  sqs: createSqsClient(),
  clock: systemClock,
  parse: ({ body }) => parseJsonBody(body),
  handle: (busEvent) => routeEvent(publisher, busEvent),
});

export { handler };
