import type { AuditStore } from '../audit/audit-row.ts';
import type { CommandSender, CommandStore } from '../commands/command-store.ts';
import type { NodeConfiguration } from '../commands/node-configuration.ts';
import type { Publisher } from '../events/publisher.ts';
import type { HoldStore } from '../holds/hold-store.ts';
import type { MayLosePorts } from '../nodes/may-lose.ts';
import type { Node } from '../nodes/node.ts';
import type { NodeStore } from '../nodes/node-store.ts';
import type { InstanceStore } from '../providers/instance-store.ts';
import type { Provider } from '../providers/provider-port.ts';
import type { ProviderStateStore } from '../providers/provider-state-store.ts';
import type { Clock } from '../time.ts';
import type { IdleConfig } from './idle-settings.ts';
import type { LedgerStore } from './ledger-store.ts';

/** What the applied configuration says, read anew each time: a mode that changed counts at once. */
interface IdleSettingsSource {
  current(): Promise<AppliedIdleSettings>;
}

interface AppliedIdleSettings {
  readonly idle: IdleConfig;
  /** What the agent of this node is told to claim and ignore. */
  nodeConfiguration(node: Node): NodeConfiguration;
}

/** What one provider's cycle touches. */
interface IdlePorts extends Omit<MayLosePorts, 'nodes'> {
  readonly provider: Pick<Provider, 'key' | 'listInstances' | 'terminate'>;
  readonly nodes: NodeStore;
  readonly instances: Pick<InstanceStore, 'list'>;
  readonly states: Pick<ProviderStateStore, 'get'>;
  readonly holds: Pick<HoldStore, 'listLive'>;
  /** The mass-failure brake. */
  brakeState(now: Date): Promise<'off' | 'on' | 'unknown'>;
  readonly ledgers: LedgerStore;
  readonly settings: IdleSettingsSource;
  /** Items of waiting work that this node could take. @throws when that cannot be read */
  pendingWork(node: Node): Promise<number>;
  readonly commands: Pick<CommandStore, 'put'>;
  readonly sender: CommandSender;
  readonly publisher: Publisher;
  readonly audit: AuditStore;
  readonly clock: Clock;
  /** Where something that could not be read, and so blocks, is told. */
  readonly warn: (message: string, error: unknown) => void;
  /** The function's name, for the audit. */
  readonly actor: string;
}

export type { AppliedIdleSettings, IdlePorts, IdleSettingsSource };
