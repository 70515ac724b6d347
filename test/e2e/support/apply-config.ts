import type * as z from 'zod';
import { createDynamoConfigStore } from '../../../lib/config/dynamo-config-store.ts';
import { fleetConfigSchema } from '../../../lib/config/fleet-config.ts';
import { resourceName, TABLES } from '../../../lib/constants.ts';
import type { ReachableCloud } from '../../../local/cloud.ts';
import { withOperatorDocuments } from '../../../local/start/operator-documents.ts';
import { LOCAL_STAGE } from '../../../local/synth.ts';

/** Applies this as the next version of fleet.yaml; what it does not say is as built in. */
const applyConfig = (cloud: ReachableCloud, written: z.input<typeof fleetConfigSchema>): Promise<void> =>
  withOperatorDocuments(cloud, async (documents) => {
    const store = createDynamoConfigStore(documents, resourceName(LOCAL_STAGE, TABLES.control));
    const { version, revision } = await store.current();
    const isApplied = await store.put(
      {
        version: version + 1,
        appliedAt: new Date().toISOString(),
        appliedBy: 'a test',
        reason: 'a test',
        config: fleetConfigSchema.parse(written),
      },
      revision,
    );
    if (!isApplied) throw new Error('somebody else applied a configuration at the same moment');
  });

export { applyConfig };
