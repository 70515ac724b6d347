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

/** What decisions about one provider's nodes are made from. Nothing here acts, and nothing asks the provider. */
interface IdleReads extends Omit<MayLosePorts, 'nodes'> {
  readonly provider: Pick<Provider, 'key'>;
  readonly nodes: Pick<NodeStore, 'get' | 'listByProvider'>;
  readonly instances: Pick<InstanceStore, 'list'>;
  readonly states: Pick<ProviderStateStore, 'get'>;
  readonly holds: Pick<HoldStore, 'listLive'>;
  /** The mass-failure brake. */
  brakeState(now: Date): Promise<'off' | 'on' | 'unknown'>;
  readonly ledgers: Pick<LedgerStore, 'get'>;
  readonly settings: IdleSettingsSource;
  /** Items of waiting work that this node could take. @throws when that cannot be read */
  pendingWork(node: Node): Promise<number>;
  /** Where something that could not be read, and so blocks, is told. */
  readonly warn: (message: string, error: unknown) => void;
}

/** What the end of a drain touches: a person may end one as well as the cycle. */
interface DrainEndPorts {
  readonly nodes: Pick<NodeStore, 'endDrain' | 'cancelTermination' | 'markDrainEndAnnounced'>;
  readonly commands: Pick<CommandStore, 'put'>;
  readonly sender: CommandSender;
  readonly publisher: Publisher;
  readonly audit: Pick<AuditStore, 'record'>;
  readonly clock: Clock;
  /** The function's name or the caller's ARN, for the audit. */
  readonly actor: string;
}

/** What one provider's cycle touches. */
interface IdlePorts extends Omit<IdleReads, 'nodes' | 'provider' | 'ledgers'>, Omit<DrainEndPorts, 'nodes'> {
  readonly provider: Pick<Provider, 'key' | 'listInstances' | 'terminate'>;
  readonly nodes: NodeStore;
  readonly ledgers: LedgerStore;
}

export type { AppliedIdleSettings, DrainEndPorts, IdlePorts, IdleReads, IdleSettingsSource };
