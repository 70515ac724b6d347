import type { Artifact } from '../artifacts/artifact.ts';
import type { Node } from '../nodes/node.ts';
import { secondsSince, toTimestamp } from '../time.ts';
import type { Delivery } from './delivery.ts';
import type { DistributionTrigger, SkipReason } from './distribution.ts';
import type { DistributionPolicy } from './policy.ts';

type NodeTrigger = 'node-activated' | 'node-returned';
type TargetTrigger =
  | { readonly type: Exclude<DistributionTrigger, NodeTrigger | 'sync'> }
  /** Only these nodes are considered; also such that do not train when they were `named`. */
  | { readonly type: 'sync'; readonly nodeIds: readonly string[]; readonly named: boolean }
  /** Only this node is considered. */
  | { readonly type: NodeTrigger; readonly nodeId: string };

type SendReason = 'accepts-kind' | 'trains' | 'has-gpu' | 'named';
type Evidence = Readonly<Record<string, string | number | boolean>>;

type TargetOutcome =
  | {
      readonly nodeId: string;
      readonly action: 'send';
      readonly reason: SendReason;
      readonly evidence: Evidence;
    }
  | {
      readonly nodeId: string;
      readonly action: 'skip';
      readonly reason: SkipReason;
      readonly evidence: Evidence;
    };

interface TargetSnapshot {
  /** META, read after the rows: its live replicas say who holds it. */
  readonly artifact: Pick<Artifact, 'artifactId' | 'kind' | 'bytes' | 'replicaNodeIds'>;
  readonly nodes: readonly Node[];
  /** Evidence only: whether a row exists already and how it stands. */
  readonly deliveries: readonly Delivery[];
  readonly policy: DistributionPolicy;
  readonly trigger: TargetTrigger;
  readonly now: Date;
}

const skip = (node: Node, reason: SkipReason, evidence: Evidence = {}): TargetOutcome => ({
  nodeId: node.nodeId,
  action: 'skip',
  reason,
  evidence,
});

const isLive = (node: Node): boolean => node.lifecycle === 'active' && node.revokedAt === undefined;

/** Training files go to the nodes that train; when no live node trains, to those with a GPU (sync 7.3). */
const audienceOf = (kind: Artifact['kind'], nodes: readonly Node[]): SendReason => {
  if (kind !== 'npz') return 'accepts-kind';
  return nodes.some((node) => isLive(node) && node.capabilities.trains) ? 'trains' : 'has-gpu';
};

const belongsTo = (audience: SendReason, { capabilities }: Node): boolean => {
  if (audience === 'trains') return capabilities.trains;
  if (audience === 'has-gpu') return capabilities.gpuCount > 0;
  return true;
};

/** The first reason why this node is no member of the audience, whatever is on its disk. */
const refuseNode = (
  node: Node,
  audience: SendReason,
  snapshot: TargetSnapshot,
): TargetOutcome | undefined => {
  const { artifact, policy, now } = snapshot;
  if (node.revokedAt !== undefined) return skip(node, 'revoked', { revokedAt: node.revokedAt });
  if (node.lifecycle !== 'active') return skip(node, 'not-active', { lifecycle: node.lifecycle });
  if (!node.capabilities.acceptsKinds.includes(artifact.kind)) {
    return skip(node, 'kind-not-accepted', { kind: artifact.kind });
  }
  if (!belongsTo(audience, node)) {
    return skip(node, 'does-not-train', { audience, gpuCount: node.capabilities.gpuCount });
  }
  if (node.heartbeatAt === undefined) return skip(node, 'heartbeat-unknown');
  const ageSeconds = secondsSince(node.heartbeatAt, now);
  if (ageSeconds > policy.heartbeatMaxAgeSeconds) {
    return skip(node, 'heartbeat-stale', { ageSeconds, maxAgeSeconds: policy.heartbeatMaxAgeSeconds });
  }
  return undefined;
};

/** The first reason why this member of the audience cannot take the bytes now. */
const refuseBytes = (
  node: Node,
  { artifact, policy, now }: Pick<TargetSnapshot, 'artifact' | 'policy' | 'now'>,
): TargetOutcome | undefined => {
  if (node.excludedUntil !== undefined && node.excludedUntil > toTimestamp(now)) {
    return skip(node, 'excluded', {
      excludedUntil: node.excludedUntil,
      why: node.excludedReason ?? 'not given',
    });
  }
  const disk = node.heartbeat?.disk;
  if (disk === undefined) return skip(node, 'disk-unknown');
  if (disk.usedPercent >= policy.maxDiskUsedPercent) {
    return skip(node, 'disk-full', {
      usedPercent: disk.usedPercent,
      maxDiskUsedPercent: policy.maxDiskUsedPercent,
    });
  }
  const neededBytes = Math.ceil(artifact.bytes * policy.minFreeFactor);
  if (disk.freeBytes < neededBytes) {
    return skip(node, 'disk-too-small', { freeBytes: disk.freeBytes, neededBytes });
  }
  return undefined;
};

const decideNode = (
  node: Node,
  audience: SendReason,
  snapshot: TargetSnapshot,
  delivery: Delivery | undefined,
): TargetOutcome => {
  const refused = refuseNode(node, audience, snapshot);
  if (refused !== undefined) return refused;
  if (snapshot.artifact.replicaNodeIds.includes(node.nodeId)) return skip(node, 'holds-verified');
  return (
    refuseBytes(node, snapshot) ?? {
      nodeId: node.nodeId,
      action: 'send',
      reason: audience,
      evidence: {
        bytes: snapshot.artifact.bytes,
        ...(delivery === undefined ? {} : { delivery: delivery.state, attempt: delivery.attempt }),
      },
    }
  );
};

const concerns = (trigger: TargetTrigger, { nodeId }: Node): boolean => {
  if ('nodeId' in trigger) return trigger.nodeId === nodeId;
  return !('nodeIds' in trigger) || trigger.nodeIds.includes(nodeId);
};

/**
 * Says for every node whether an artifact is sent to it, with exactly one reason. Pure; the answer is sorted by nodeId
 * and does not depend on the order of the input. The first check that refuses gives the reason:
 *
 *   revoked → not-active → kind-not-accepted → does-not-train → heartbeat-unknown → heartbeat-stale
 *   → holds-verified → excluded → disk-unknown → disk-full → disk-too-small → send
 *
 * A holder counts as eligible only while it is alive, and needs neither space nor the end of an exclusion.
 * An exclusion ends at its time; a heartbeat of exactly the limit is still good; a disk at exactly the limit is full.
 */
const decideTargets = (snapshot: TargetSnapshot): TargetOutcome[] => {
  const { trigger, nodes, artifact } = snapshot;
  const audience = trigger.type === 'sync' && trigger.named ? 'named' : audienceOf(artifact.kind, nodes);
  const deliveries = new Map(snapshot.deliveries.map((delivery) => [delivery.nodeId, delivery]));
  return nodes
    .filter((node) => concerns(trigger, node))
    .map((node) => decideNode(node, audience, snapshot, deliveries.get(node.nodeId)))
    .sort((a, b) => (a.nodeId < b.nodeId ? -1 : 1));
};

/** Nodes that count for completion: those it is sent to, and those that hold it already. */
const isEligible = (outcome: TargetOutcome): boolean =>
  outcome.action === 'send' || outcome.reason === 'holds-verified';

export type { SendReason, TargetOutcome, TargetSnapshot, TargetTrigger };
export { decideTargets, isEligible, refuseBytes };
