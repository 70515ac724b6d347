/** What user code may import: `import { openHealth } from 'drover'`. Everything else is Drover's own. */

import { createDocumentClient } from './lib/aws/clients.ts';
import { resourceName, TABLES } from './lib/constants.ts';
import { createDynamoFleetHealthStore } from './lib/health/dynamo-fleet-health-store.ts';
import { createHealthFacade, type HealthFacade, type NodeHealthView } from './lib/health/facade.ts';
import { type FleetHealth, fleetHealthSchema } from './lib/health/fleet-health.ts';
import { createDynamoNodeStore } from './lib/nodes/dynamo-node-store.ts';
import { systemClock } from './lib/time.ts';

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

export type { FleetHealth, HealthFacade, NodeHealthView };
export { fleetHealthSchema, openHealth };
