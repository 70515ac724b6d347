import { createDynamoAuditStore } from '../../lib/audit/dynamo-audit-store.ts';
import { resourceName, TABLES } from '../../lib/constants.ts';
import { createDynamoIdentityStore } from '../../lib/identity/dynamo-identity-store.ts';
import { mintJoinToken } from '../../lib/identity/mint-join-token.ts';
import { randomIds } from '../../lib/ids.ts';
import { systemClock } from '../../lib/time.ts';
import type { ReachableCloud } from '../cloud.ts';
import { LOCAL_STAGE } from '../synth.ts';
import { withOperatorDocuments } from './operator-documents.ts';

/** Agents enrol within seconds of their start; an hour leaves room for a debugger. */
const TTL_SECONDS = 3600;

/** A join token for `uses` agents, minted as `drover nodes token` does. */
const mintToken = (cloud: ReachableCloud, uses: number): Promise<string> =>
  withOperatorDocuments(cloud, async (documents) => {
    const { token } = await mintJoinToken(
      {
        identity: createDynamoIdentityStore(documents, resourceName(LOCAL_STAGE, TABLES.identity)),
        audit: createDynamoAuditStore(documents, resourceName(LOCAL_STAGE, TABLES.audit)),
        ids: randomIds,
        clock: systemClock,
      },
      { ttlSeconds: TTL_SECONDS, uses, createdBy: 'npm start' },
    );
    return token;
  });

export { mintToken };
