import type { AuditStore } from '../audit/audit-row.ts';
import type { Publisher } from '../events/publisher.ts';
import type { HoldStore } from '../holds/hold-store.ts';
import type { NodeStore } from '../nodes/node-store.ts';
import type { InstanceStore } from '../providers/instance-store.ts';
import type { PaceStore } from '../providers/pace-store.ts';
import type { ProviderStateStore } from '../providers/provider-state-store.ts';
import type { ReplicationStore } from '../replication/replication-store.ts';
import type { Clock } from '../time.ts';
import type { BrakeStore } from './brake-store.ts';
import type { FleetHealthFile, FleetHealthStore } from './fleet-health-store.ts';
import type { OutcomeStore } from './outcome-store.ts';
import type { PauseStore } from './pause-store.ts';

/** What one evaluation reads and writes. */
interface ScorePorts {
  readonly nodes: Pick<NodeStore, 'listByProvider' | 'recordHealth'>;
  readonly instances: Pick<InstanceStore, 'list'>;
  readonly states: Pick<ProviderStateStore, 'list'>;
  readonly paces: Pick<PaceStore, 'list'>;
  readonly outcomes: Pick<OutcomeStore, 'listErrors' | 'listRecoveries' | 'listCircuits'>;
  readonly holds: Pick<HoldStore, 'listLive'>;
  /** What the last full count of copies found. */
  readonly replication: Pick<ReplicationStore, 'report'>;
  /** Messages in the reports queue that nobody has taken yet. */
  reportsWaiting(): Promise<number>;
  readonly brakes: BrakeStore;
  readonly pauses: PauseStore;
  readonly evaluations: FleetHealthStore;
  readonly file: FleetHealthFile;
  readonly audit: AuditStore;
  readonly publisher: Publisher;
  readonly clock: Clock;
  readonly actor: string;
}

export type { ScorePorts };
