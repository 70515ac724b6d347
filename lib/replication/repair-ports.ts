import type { ArtifactStore } from '../artifacts/artifact-store.ts';
import type { CommandSender, CommandStore } from '../commands/command-store.ts';
import type { DeliveryStore } from '../distribution/delivery-store.ts';
import type { Publisher } from '../events/publisher.ts';
import type { HoldStore } from '../holds/hold-store.ts';
import type { NodeStore } from '../nodes/node-store.ts';
import type { RepairSnapshot } from './decide-repair.ts';
import type { ReplicationStore } from './replication-store.ts';
import type { WriteOffPorts } from './write-off-node.ts';

/** What a cycle of repair needs. */
interface RepairPorts extends WriteOffPorts {
  readonly nodes: Pick<NodeStore, 'get' | 'listByProvider' | 'markWriteOff'>;
  readonly artifacts: ArtifactStore;
  readonly deliveries: DeliveryStore;
  readonly commands: CommandStore;
  readonly sender: CommandSender;
  readonly records: ReplicationStore;
  readonly holds: Pick<HoldStore, 'listLive'>;
  brakeState(now: Date): Promise<RepairSnapshot['brake']>;
  readonly publisher: Publisher;
}

export type { RepairPorts };
