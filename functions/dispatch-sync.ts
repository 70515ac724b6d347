import { createDocumentClient, createSqsClient } from '../lib/aws/clients.ts';
import { FUNCTIONS } from '../lib/constants.ts';
import { PermanentError } from '../lib/errors.ts';
import { createDynamoSeenEvents } from '../lib/events/dynamo-seen-events.ts';
import { parseEvent } from '../lib/events/parse-event.ts';
import { consumedSyncEventSchema } from '../lib/sync/consumed-event.ts';
import { dispatchSync } from '../lib/sync/dispatch-sync.ts';
import { distributionPolicyOf } from '../lib/sync/distribution-policy-of.ts';
import { createDynamoEgressStore } from '../lib/sync/dynamo-egress-store.ts';
import { systemClock } from '../lib/time.ts';
import { createDispatchPorts, createSyncConfig, dispatchEnvironment } from './dispatch-ports.ts';
import { readEnvironment } from './environment.ts';
import { createRecordsHandler } from './process-records.ts';
import { parseJsonBody } from './queue-record.ts';

const environment = readEnvironment([...dispatchEnvironment, 'refusedQueueUrl']);
const client = createDocumentClient();
const sqs = createSqsClient();
const syncConfig = createSyncConfig(environment, client);
const ports = {
  ...createDispatchPorts(FUNCTIONS.dispatchSync, environment, client, sqs),
  seen: createDynamoSeenEvents(client, environment.controlTable, systemClock),
  egress: createDynamoEgressStore(client, environment.controlTable),
};

/** Events that data is new, missing or too old somewhere: tells nodes to flush, and starts what brings data to nodes. */
const handler = createRecordsHandler({
  functionName: FUNCTIONS.dispatchSync,
  refusedQueueUrl: environment.refusedQueueUrl,
  sqs,
  clock: systemClock,
  parse: ({ body }) => {
    const event = parseEvent(parseJsonBody(body));
    const parsed = consumedSyncEventSchema.safeParse(event);
    if (parsed.success) return parsed.data;
    throw new PermanentError(`${event.name} is no event that a sync follows from`, { cause: parsed.error });
  },
  handle: async (event) => {
    const config = await syncConfig();
    await dispatchSync(ports, event, { config, distribution: distributionPolicyOf(config) });
  },
});

export { handler };
