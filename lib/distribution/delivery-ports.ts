import type { ArtifactStore } from '../artifacts/artifact-store.ts';
import type { AuditStore } from '../audit/audit-row.ts';
import type { CommandSender, CommandStore } from '../commands/command-store.ts';
import type { Publisher } from '../events/publisher.ts';
import type { NodeStore } from '../nodes/node-store.ts';
import type { Clock } from '../time.ts';
import type { DeliveryStore } from './delivery-store.ts';
import type { DistributionStore } from './distribution-store.ts';
import type { TransferSlots } from './transfer-slots.ts';

/** What recording an agent's answer needs. */
interface DeliveryPorts {
  readonly deliveries: DeliveryStore;
  readonly distributions: DistributionStore;
  readonly artifacts: ArtifactStore;
  readonly commands: CommandStore;
  readonly slots: TransferSlots;
  readonly publisher: Publisher;
  readonly clock: Clock;
  /** Told how long a command took from its issue to its first answer: for metrics. */
  readonly tellAnswerSeconds?: (seconds: number) => void;
}

/** What starting, pumping and sweeping need beside that. */
interface DispatchPorts extends DeliveryPorts {
  readonly nodes: Pick<NodeStore, 'get' | 'listByLifecycle'>;
  readonly sender: CommandSender;
  readonly audit: AuditStore;
  /** The bucket that `pull` commands name. */
  readonly artifactBucket: string;
  /** Who acts, for audit rows: the function's name. */
  readonly actor: string;
}

export type { DeliveryPorts, DispatchPorts };
