import type { Node } from '../nodes/node.ts';
import type { InstanceRecord } from '../providers/instance-record.ts';
import { isFresh } from './check-idleness.ts';
import type { IdleReads } from './idle-ports.ts';
import { type FleetView, groupOf, type IdleSubject, type Surroundings } from './idle-snapshot.ts';
import { type Ledger, pruned } from './ledger.ts';
import type { LedgerKind } from './ledger-store.ts';

/** A provider's nodes with their instances. */
interface LoadedFleet {
  readonly nodes: readonly Node[];
  readonly records: ReadonlyMap<string, InstanceRecord>;
}

/** What cannot be read is undefined, and told: it blocks, and the rest of the cycle goes on. */
const orUndefined = async <Value>(
  { warn }: Pick<IdleReads, 'warn'>,
  what: string,
  read: Promise<Value>,
): Promise<Value | undefined> => {
  try {
    return await read;
  } catch (error) {
    warn(`${what} could not be read, so nothing is ended`, error);
    return undefined;
  }
};

const subjectOf = (
  node: Node,
  records: ReadonlyMap<string, InstanceRecord>,
  pendingWork: IdleSubject['pendingWork'] = 'not-read',
): IdleSubject => ({ node, record: records.get(node.instanceId), pendingWork });

/** The nodes and instances of the provider. @throws when either cannot be read: a part of them is never looked at */
const loadFleet = async ({ provider, nodes, instances }: IdleReads): Promise<LoadedFleet> => {
  const [found, records] = await Promise.all([
    nodes.listByProvider(provider.key, ['active', 'draining', 'terminating']),
    instances.list(provider.key),
  ]);
  return {
    nodes: found,
    records: new Map(records.map((record) => [record.instance.instanceId, record])),
  };
};

/** Nodes that stay, by group: active, trusted, speaking, and not on their way out by this ledger. */
const countKept = (
  { nodes, records }: LoadedFleet,
  ledger: Ledger,
  kind: LedgerKind,
  now: Date,
): Map<string, number> => {
  const leaving = new Set(Object.values(ledger.pending).map(({ nodeId }) => nodeId));
  // Decided by another run since these nodes were read. A shadow's end is none: what it would have ended is still there.
  if (kind === 'real') for (const { nodeId } of ledger.terminations) leaving.add(nodeId);
  const kept = new Map<string, number>();
  for (const node of nodes) {
    const stays =
      node.lifecycle === 'active' &&
      node.revokedAt === undefined &&
      isFresh(node, now) &&
      !leaving.has(node.nodeId) &&
      (kind === 'real' || node.shadowDrain === undefined);
    if (!stays) continue;
    const group = groupOf(subjectOf(node, records));
    kept.set(group, (kept.get(group) ?? 0) + 1);
  }
  return kept;
};

/** The view of this fleet by this ledger. Pure. */
const viewOf = (
  fleet: LoadedFleet,
  around: Surroundings,
  ledger: Ledger,
  kind: LedgerKind,
  now: Date,
): FleetView => {
  const living = new Set(fleet.nodes.map(({ nodeId }) => nodeId));
  const ended = pruned(ledger, now).terminations.filter(({ nodeId }) => !living.has(nodeId)).length;
  return {
    ...around,
    ledger,
    kept: countKept(fleet, ledger, kind, now),
    size: living.size + ended,
  };
};

/** What everything around the nodes is read from. */
type ViewReads = Pick<IdleReads, 'provider' | 'holds' | 'states' | 'brakeState' | 'ledgers' | 'warn'>;

/** Brakes and listing as they are now, read consistently. */
const loadSurroundings = async (ports: Omit<ViewReads, 'ledgers'>, now: Date): Promise<Surroundings> => {
  const [holds, brake, state] = await Promise.all([
    orUndefined(ports, 'the holds', ports.holds.listLive(now)),
    orUndefined(ports, 'the mass-failure brake', ports.brakeState(now)),
    orUndefined(ports, 'the state of the provider', ports.states.get(ports.provider.key)),
  ]);
  return { holds, brake: brake ?? 'unknown', state };
};

/** Everything around the nodes for one kind of ledger. @throws when the ledger cannot be read */
const loadView = async (
  ports: ViewReads,
  fleet: LoadedFleet,
  kind: LedgerKind,
  now: Date,
): Promise<FleetView> => {
  const [around, ledger] = await Promise.all([
    loadSurroundings(ports, now),
    ports.ledgers.get(ports.provider.key, kind),
  ]);
  return viewOf(fleet, around, ledger, kind, now);
};

const loadPendingWork = async (ports: IdleReads, node: Node): Promise<number | 'unknown'> =>
  (await orUndefined(ports, `the work that ${node.nodeId} could take`, ports.pendingWork(node))) ?? 'unknown';

export type { LoadedFleet };
export { loadFleet, loadPendingWork, loadSurroundings, loadView, orUndefined, subjectOf, viewOf };
