import type { Hold } from '../holds/hold.ts';
import type { Node } from '../nodes/node.ts';
import type { InstanceRecord } from '../providers/instance-record.ts';
import type { ProviderState } from '../providers/provider-state.ts';
import { idleCriteriaDigest } from './idle-policy.ts';
import type { IdleCriteria } from './idle-signals.ts';
import type { Ledger } from './ledger.ts';

/** One node with all that is known of it alone. */
interface IdleSubject {
  readonly node: Node;
  /** What the provider's listings say; undefined when no listing ever had it. */
  readonly record: InstanceRecord | undefined;
  /** Work that waits and that this node could take. `not-read`: nobody asked yet; it blocks as `unknown` does. */
  readonly pendingWork: number | 'unknown' | 'not-read';
}

/** What holds for all nodes of the provider at once. */
interface Surroundings {
  /** Undefined: the holds could not be read. */
  readonly holds: readonly Hold[] | undefined;
  readonly brake: 'off' | 'on' | 'unknown';
  /** How the provider's listing stands; undefined when that could not be read. */
  readonly state: ProviderState | undefined;
}

/** What is known of the provider and the fleet around it. */
interface FleetView extends Surroundings {
  /** Nodes of each group that stay: active, trusted, speaking, without a slot of the ledger. */
  readonly kept: ReadonlyMap<string, number>;
  /** Living nodes of the provider, and those that ended in the last day. */
  readonly size: number;
  readonly ledger: Ledger;
}

type IdleLimits = Omit<IdleCriteria, 'digest'>;
/** Each heartbeat and each decision asks: nodes share their policy, and so its digest. */
const criteriaByPolicy = new WeakMap<IdleLimits, IdleCriteria>();

/** The limits of the idle clock that a policy asks for. */
const criteriaOf = (policy: IdleLimits): IdleCriteria => {
  const { gpuIdlePercent, cpuIdlePercent } = policy;
  const criteria = criteriaByPolicy.get(policy) ?? {
    gpuIdlePercent,
    cpuIdlePercent,
    digest: idleCriteriaDigest(policy),
  };
  criteriaByPolicy.set(policy, criteria);
  return criteria;
};

/** Retention counts nodes of one role and GPU type; what its type is the provider says, else the node itself. */
const groupOf = ({ node, record }: Pick<IdleSubject, 'node' | 'record'>): string =>
  `${node.role}#${record?.instance.gpuType ?? node.heartbeat?.gpus?.[0]?.name ?? 'unknown'}`;

export type { FleetView, IdleSubject, Surroundings };
export { criteriaOf, groupOf };
