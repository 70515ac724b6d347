import type { Artifact } from '../artifacts/artifact.ts';
import type { ReplicationConfig } from './replication-config.ts';

/** How many nodes are to hold one artifact, beside the store, and where in fleet.yaml that is said. */
interface CopiesPolicy {
  /** Below this it is not durable. */
  readonly minimumNodeCopies: number;
  /** At least the minimum. */
  readonly targetNodeCopies: number;
  /** `built-in`, `replication`, `replication.kinds.games` or `replication.labels."board=hex8"`. */
  readonly from: string;
}

/** What is the same for all artifacts. Times in seconds; numbers of the sync sheet, 9.1 and 9.2. */
interface RepairPolicy {
  readonly repairsPerHour: number;
  readonly repairsPerNode: number;
  /** No second repair of an artifact sooner. */
  readonly cooldownSeconds: number;
  /** A node that was silent for less may come back: its copies count. */
  readonly silentSeconds: number;
  /** A node's copies live as long as this after its last inventory: agents list every 600 s, so two may be missing. */
  readonly leaseSeconds: number;
  /** An artifact that more nodes are to hold than there are is looked at again after this. */
  readonly beyondFleetSeconds: number;
  /** Below this many, single copies and artifacts below their minimum are no emergency. */
  readonly emergencySingleCopies: number;
  readonly emergencyUnder: number;
  /** An emergency is told again after this at the soonest. */
  readonly alertCooldownSeconds: number;
}

const repairPolicyOf = (config: ReplicationConfig): RepairPolicy => ({
  repairsPerHour: config.repairsPerHour ?? 500,
  repairsPerNode: 5,
  cooldownSeconds: 600,
  silentSeconds: 600,
  leaseSeconds: 1260,
  beyondFleetSeconds: 3600,
  emergencySingleCopies: 500,
  emergencyUnder: 1000,
  alertCooldownSeconds: 600,
});

type Copies = Pick<ReplicationConfig, 'minimumNodeCopies' | 'targetNodeCopies'>;

/**
 * What holds for one artifact. Setting by setting the later of these wins: built in, `replication`, its kind, its labels (of several the
 * later in the file). A target below its minimum means the minimum.
 */
const copiesPolicyOf = (
  config: ReplicationConfig,
  { kind, labels }: Pick<Artifact, 'kind' | 'labels'>,
): CopiesPolicy => {
  const own = new Set(Object.entries(labels).map(([key, value]) => `${key}=${value}`));
  const levels: (readonly [string, Copies | undefined])[] = [
    ['replication', config],
    [`replication.kinds.${kind}`, config.kinds?.[kind]],
    ...Object.entries(config.labels ?? {}).flatMap(([label, copies]) =>
      own.has(label) ? [[`replication.labels."${label}"`, copies] as const] : [],
    ),
  ];
  let minimumNodeCopies = 0;
  let targetNodeCopies = 0;
  let from = 'built-in';
  for (const [place, copies] of levels) {
    if (copies?.minimumNodeCopies === undefined && copies?.targetNodeCopies === undefined) continue;
    minimumNodeCopies = copies.minimumNodeCopies ?? minimumNodeCopies;
    targetNodeCopies = copies.targetNodeCopies ?? targetNodeCopies;
    from = place;
  }
  return { minimumNodeCopies, targetNodeCopies: Math.max(minimumNodeCopies, targetNodeCopies), from };
};

/** Every target that the configuration names, with its place: each can be more than the fleet has nodes for. */
const targetsOf = (config: ReplicationConfig): CopiesPolicy[] => {
  const samples: Pick<Artifact, 'kind' | 'labels'>[] = [
    { kind: 'other', labels: {} },
    ...(['model', 'npz', 'games', 'checkpoint', 'other'] as const).map((kind) => ({ kind, labels: {} })),
    ...Object.keys(config.labels ?? {}).map((label) => {
      const at = label.indexOf('=');
      return { kind: 'other' as const, labels: { [label.slice(0, at)]: label.slice(at + 1) } };
    }),
  ];
  const found = samples
    .map((sample) => copiesPolicyOf(config, sample))
    .filter(({ targetNodeCopies }) => targetNodeCopies > 0);
  return [...new Map(found.map((policy) => [policy.from, policy])).values()];
};

export type { CopiesPolicy, RepairPolicy };
export { copiesPolicyOf, repairPolicyOf, targetsOf };
