import type { AuditStore } from '../audit/audit-row.ts';
import type { Publisher } from '../events/publisher.ts';
import type { NodeStore } from '../nodes/node-store.ts';
import type { Clock } from '../time.ts';
import type { InstanceStore } from './instance-store.ts';
import type { Provider } from './provider-port.ts';
import type { ProviderStateStore } from './provider-state-store.ts';

/** What reconciling one provider touches. */
interface ReconcilePorts {
  readonly provider: Pick<Provider, 'key' | 'listInstances'>;
  readonly nodes: Pick<NodeStore, 'get' | 'listByProvider' | 'end' | 'revive' | 'recordBinding'>;
  readonly instances: Pick<InstanceStore, 'list' | 'put' | 'addSegment'>;
  readonly states: Pick<ProviderStateStore, 'get' | 'put'>;
  readonly publisher: Publisher;
  readonly audit: AuditStore;
  readonly clock: Clock;
  /** The function's name, for the audit. */
  readonly actor: string;
}

export type { ReconcilePorts };
