/** What user code may import: `import { openHealth } from 'drover'`. Everything else is Drover's own. */

import { EventBridgeClient } from '@aws-sdk/client-eventbridge';
import { createDynamoArtifactStore } from './lib/artifacts/dynamo-artifact-store.ts';
import { createDocumentClient } from './lib/aws/clients.ts';
import { createDynamoConfigStore } from './lib/config/dynamo-config-store.ts';
import { EVENT_SOURCE, resourceName, TABLES } from './lib/constants.ts';
import { createDynamoDistributionStore } from './lib/distribution/dynamo-distribution-store.ts';
import { createEventBridgePublisher } from './lib/events/publish.ts';
import { createDynamoFleetHealthStore } from './lib/health/dynamo-fleet-health-store.ts';
import { createHealthFacade, type HealthFacade, type NodeHealthView } from './lib/health/facade.ts';
import { type FleetHealth, fleetHealthSchema } from './lib/health/fleet-health.ts';
import { randomIds } from './lib/ids.ts';
import { createDynamoNodeStore } from './lib/nodes/dynamo-node-store.ts';
import { createDynamoBlockedStore } from './lib/sync/dynamo-blocked-store.ts';
import { createDynamoEgressStore } from './lib/sync/dynamo-egress-store.ts';
import { createSyncFacade, type SyncFacade, type SyncOrder, type SyncOutcome } from './lib/sync/facade.ts';
import { systemClock } from './lib/time.ts';
import { systemWait } from './lib/wait.ts';

/**
 * The health of an installation, with the AWS SDK's own credentials, region and endpoint.
 * @param stage the stage that was deployed
 */
const openHealth = (stage: string): HealthFacade => {
  const client = createDocumentClient();
  return createHealthFacade({
    evaluations: createDynamoFleetHealthStore(client, resourceName(stage, TABLES.control)),
    nodes: createDynamoNodeStore(client, resourceName(stage, TABLES.nodes)),
    clock: systemClock,
  });
};

/**
 * Where the data of an installation goes, with the AWS SDK's own credentials, region and endpoint.
 * @param stage the stage that was deployed
 */
const openSync = (stage: string): SyncFacade => {
  const client = createDocumentClient();
  const control = resourceName(stage, TABLES.control);
  return createSyncFacade({
    artifacts: createDynamoArtifactStore(client, resourceName(stage, TABLES.artifacts)),
    distributions: createDynamoDistributionStore(client, resourceName(stage, TABLES.distributions)),
    nodes: createDynamoNodeStore(client, resourceName(stage, TABLES.nodes)),
    egress: createDynamoEgressStore(client, control),
    blocked: createDynamoBlockedStore(client, control),
    config: createDynamoConfigStore(client, control),
    publisher: createEventBridgePublisher({
      client: new EventBridgeClient({}),
      busName: resourceName(stage, 'events'),
      source: `${EVENT_SOURCE}.sdk`,
    }),
    ids: randomIds,
    clock: systemClock,
    sleep: async (seconds) => await systemWait(seconds * 1000),
  });
};

export type { FleetHealth, HealthFacade, NodeHealthView, SyncFacade, SyncOrder, SyncOutcome };
export { fleetHealthSchema, openHealth, openSync };
