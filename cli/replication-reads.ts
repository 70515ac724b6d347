import { brakeState } from '../lib/health/brake.ts';
import type { ReplicationReads } from '../lib/replication/explain-replication.ts';
import type { Clock } from '../lib/time.ts';
import type { Stores } from './stores.ts';

/** What looking at replication reads, of an installation. */
const replicationReadsOf = (stores: Stores, clock: Clock): ReplicationReads => ({
  nodes: stores.nodes,
  artifacts: stores.artifacts,
  records: stores.replication,
  holds: stores.holds,
  brakeState: async (now) => brakeState(await stores.brakes.get(), now),
  clock,
});

export { replicationReadsOf };
