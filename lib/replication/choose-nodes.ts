import type { Artifact } from '../artifacts/artifact.ts';
import { FRESH_HEARTBEAT_SECONDS } from '../constants.ts';
import { refuseBytes } from '../distribution/decide-targets.ts';
import type { DistributionPolicy } from '../distribution/policy.ts';
import type { Node } from '../nodes/node.ts';
import { secondsSince } from '../time.ts';

/** How many repairs run on each node, as far as this cycle has decided. */
type Load = ReadonlyMap<string, number>;

/** It answers commands: it works, beat just now, and does not drain. */
const isReachable = (node: Node, now: Date): boolean =>
  node.lifecycle === 'active' &&
  node.revokedAt === undefined &&
  node.heartbeat?.mode === 'active' &&
  node.heartbeatAt !== undefined &&
  secondsSince(node.heartbeatAt, now) < FRESH_HEARTBEAT_SECONDS;

/** A node whose copies would count, were they there: what is wanted beyond their number cannot be had. */
const couldHold = ({ lifecycle, revokedAt, capabilities }: Node, kind: Artifact['kind']): boolean =>
  lifecycle === 'active' &&
  revokedAt === undefined &&
  !capabilities.ephemeral &&
  capabilities.acceptsKinds.includes(kind);

const loadOf = ({ nodeId, heartbeat }: Node, load: Load): number =>
  (load.get(nodeId) ?? 0) + (heartbeat?.activeTransfers ?? 0);

/** The least busy first; of equally busy ones the emptier disk. The id decides at last, so that the order is always the same. */
const byLoad =
  (load: Load) =>
  (a: Node, b: Node): number =>
    loadOf(a, load) - loadOf(b, load) ||
    (a.heartbeat?.disk?.usedPercent ?? 100) - (b.heartbeat?.disk?.usedPercent ?? 100) ||
    a.nodeId.localeCompare(b.nodeId);

/** Nodes that hold the artifact and can be told to bring it into the store, the best first. */
const sourcesOf = (
  { replicaNodeIds }: Pick<Artifact, 'replicaNodeIds'>,
  nodes: ReadonlyMap<string, Node>,
  load: Load,
  now: Date,
): Node[] =>
  replicaNodeIds
    .flatMap((nodeId) => nodes.get(nodeId) ?? [])
    .filter((node) => isReachable(node, now))
    .sort(byLoad(load));

interface TargetQuery {
  readonly artifact: Artifact;
  readonly nodes: readonly Node[];
  readonly load: Load;
  readonly policy: DistributionPolicy;
  readonly now: Date;
}

/** Nodes that could take a copy now: persistent, reachable, with room, their disk below the first tier. */
const targetsFor = ({ artifact, nodes, policy, now }: Omit<TargetQuery, 'load'>): Node[] =>
  nodes.filter(
    (node) =>
      couldHold(node, artifact.kind) &&
      isReachable(node, now) &&
      !artifact.replicaNodeIds.includes(node.nodeId) &&
      refuseBytes(node, { artifact, policy, now }) === undefined,
  );

/**
 * The best `count` of `targets`, one after the other: a provider that holds no copy yet comes first, since a provider fails as a whole;
 * then the least busy node.
 */
const spreadOver = (
  targets: readonly Node[],
  holders: readonly Node[],
  count: number,
  load: Load,
): Node[] => {
  const providers = new Set(holders.map(({ provider }) => provider));
  const rest = [...targets].sort(byLoad(load));
  const chosen: Node[] = [];
  while (chosen.length < count && rest.length > 0) {
    const fresh = rest.findIndex(({ provider }) => !providers.has(provider));
    const [next] = rest.splice(Math.max(0, fresh), 1);
    if (next === undefined) break;
    providers.add(next.provider);
    chosen.push(next);
  }
  return chosen;
};

export type { Load };
export { couldHold, isReachable, sourcesOf, spreadOver, targetsFor };
