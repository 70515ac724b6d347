import { createDocumentClient, createSqsClient } from '../lib/aws/clients.ts';
import { createCachedConfig } from '../lib/config/cached-config.ts';
import { createDynamoConfigStore } from '../lib/config/dynamo-config-store.ts';
import { CONFIG_MAX_AGE_SECONDS, FUNCTIONS } from '../lib/constants.ts';
import { PermanentError } from '../lib/errors.ts';
import { createDynamoSeenEvents } from '../lib/events/dynamo-seen-events.ts';
import { parseEvent } from '../lib/events/parse-event.ts';
import { systemClock } from '../lib/time.ts';
import { createDynamoCampaignStore } from '../lib/work/dynamo-campaign-store.ts';
import { ratingEventSchema } from '../lib/work/rating-event.ts';
import { recordRating } from '../lib/work/record-rating.ts';
import { readEnvironment } from './environment.ts';
import { createRecordsHandler } from './process-records.ts';
import { parseJsonBody } from './queue-record.ts';

const environment = readEnvironment(['campaignsTable', 'controlTable', 'refusedQueueUrl']);
const client = createDocumentClient();
const configs = createDynamoConfigStore(client, environment.controlTable);
const cached = createCachedConfig(configs, systemClock, CONFIG_MAX_AGE_SECONDS);
const ports = {
  campaigns: createDynamoCampaignStore(client, environment.campaignsTable),
  seen: createDynamoSeenEvents(client, environment.controlTable, systemClock),
  clock: systemClock,
  actor: FUNCTIONS.recordRatings,
};

/** How campaigns do: the best value of each, and the measurements that velocity and ETA come from. */
const handler = createRecordsHandler({
  functionName: FUNCTIONS.recordRatings,
  refusedQueueUrl: environment.refusedQueueUrl,
  sqs: createSqsClient(),
  clock: systemClock,
  parse: ({ body }) => {
    const event = parseEvent(parseJsonBody(body));
    const parsed = ratingEventSchema.safeParse(event);
    if (parsed.success) return parsed.data;
    throw new PermanentError(`${event.name} tells of no rating`, { cause: parsed.error });
  },
  handle: async (event) => {
    const { config } = await cached.current();
    const isKnown = Object.hasOwn(config.work.campaigns, event.rating.campaignId);
    // A campaign that was applied a moment ago is no unknown one.
    await recordRating(ports, event, isKnown ? config.work : (await configs.current()).config.work);
  },
});

export { handler };
