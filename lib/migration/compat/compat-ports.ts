import type { ArtifactStore } from '../../artifacts/artifact-store.ts';
import type { AuditStore } from '../../audit/audit-row.ts';
import type { ConfigStore } from '../../config/config-store.ts';
import type { EventName } from '../../events/catalogue.ts';
import type { KnownEvent } from '../../events/known-event.ts';
import type { Publisher } from '../../events/publisher.ts';
import type { HealthFacade } from '../../health/facade.ts';
import type { HoldStore } from '../../holds/hold-store.ts';
import type { IdSource } from '../../ids.ts';
import type { NodeStore } from '../../nodes/node-store.ts';
import type { ReplicationStore } from '../../replication/replication-store.ts';
import type { SyncFacade } from '../../sync/facade.ts';
import type { Clock } from '../../time.ts';
import type { PopulationStore } from '../../work/population.ts';

/** One installation, as old code sees it. */
interface CompatPorts {
  readonly health: HealthFacade;
  readonly holds: HoldStore;
  readonly audit: AuditStore;
  readonly config: Pick<ConfigStore, 'current'>;
  readonly sync: SyncFacade;
  readonly nodes: Pick<NodeStore, 'listByLifecycle'>;
  readonly artifacts: Pick<ArtifactStore, 'markChanged'>;
  readonly replication: Pick<ReplicationStore, 'report'>;
  readonly populations: Pick<PopulationStore, 'get'>;
  /** Runs one cycle of populate-queue, to its end. */
  readonly populate: () => Promise<void>;
  readonly publisher: Publisher;
  /** Hands on events until the signal aborts. */
  readonly subscribe: (
    names: readonly EventName[],
    handler: (event: KnownEvent) => Promise<void> | void,
    signal: AbortSignal,
  ) => Promise<void>;
  /** Who calls, for the audit. */
  readonly caller: () => Promise<string>;
  /** May old code start and stop in the mode `enforce`? */
  readonly mayControl: boolean;
  readonly clock: Clock;
  readonly ids: IdSource;
}

export type { CompatPorts };
