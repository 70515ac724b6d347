import type { ArtifactStore } from '../artifacts/artifact-store.ts';
import type { MarkedArtifact } from '../artifacts/replica-mark.ts';
import type { DistributionPolicy } from '../distribution/policy.ts';
import { InvariantError } from '../errors.ts';
import type { HoldStore } from '../holds/hold-store.ts';
import { listFleet } from '../nodes/list-fleet.ts';
import type { Node } from '../nodes/node.ts';
import type { NodeStore } from '../nodes/node-store.ts';
import type { Clock } from '../time.ts';
import { decideRepair, holdersOf, type RepairSnapshot } from './decide-repair.ts';
import type { HolderState } from './holder.ts';
import type { RepairDecision } from './repair-reasons.ts';
import { pausedBy, replicationRules } from './repair-replication.ts';
import type { ReplicationConfig } from './replication-config.ts';
import type { ReplicationStore } from './replication-store.ts';
import { presentLifecycles } from './write-off-nodes.ts';

/** What looking at replication needs; it changes nothing. */
interface ReplicationReads {
  readonly nodes: Pick<NodeStore, 'listByProvider'>;
  readonly artifacts: ArtifactStore;
  readonly records: Pick<ReplicationStore, 'ledger' | 'report'>;
  readonly holds: Pick<HoldStore, 'listLive'>;
  brakeState(now: Date): Promise<RepairSnapshot['brake']>;
  readonly clock: Clock;
}

/** The fleet as the next cycle would see it. */
const loadSituation = async (reads: ReplicationReads): Promise<Omit<RepairSnapshot, 'candidates'>> => {
  const [nodes, ledger, brake, paused] = await Promise.all([
    listFleet(reads.nodes, presentLifecycles),
    reads.records.ledger(),
    reads.brakeState(reads.clock.now()),
    pausedBy(reads),
  ]);
  return { nodes, ledger, brake, pausedBy: paused };
};

interface ExplainedHolder {
  readonly nodeId: string;
  readonly provider: string | undefined;
  /** `unknown`: it ended, so that its copy is about to be written off. */
  readonly state: HolderState | 'unknown';
}

interface CopiesExplanation {
  readonly candidate: MarkedArtifact;
  /** What the next cycle does. */
  readonly decision: RepairDecision;
  readonly holders: readonly ExplainedHolder[];
}

/** One artifact: where its copies are, what each is worth, and what the next cycle does about it. */
const explainCopies = async (
  reads: ReplicationReads,
  config: ReplicationConfig,
  candidate: MarkedArtifact,
  distribution?: DistributionPolicy,
): Promise<CopiesExplanation> => {
  const situation = await loadSituation(reads);
  const rules = replicationRules(config, distribution);
  const now = reads.clock.now();
  const [decision] = decideRepair({ ...situation, candidates: [candidate] }, rules, now);
  if (decision === undefined) throw new InvariantError('a candidate has no decision');
  const states = holdersOf(situation, rules.repair, now);
  const byId = new Map(situation.nodes.map((node): [string, Node] => [node.nodeId, node]));
  return {
    candidate,
    decision,
    holders: candidate.artifact.replicaNodeIds.map((nodeId) => ({
      nodeId,
      provider: byId.get(nodeId)?.provider,
      state: states.get(nodeId) ?? 'unknown',
    })),
  };
};

/** Artifacts of each state that are looked at for a status: enough to see what repair waits for. */
const STATUS_LIMIT = 500;

interface RepairPlan {
  readonly situation: Omit<RepairSnapshot, 'candidates'>;
  readonly decisions: readonly RepairDecision[];
  /** More artifacts are due than the `STATUS_LIMIT` of each state that were looked at. */
  readonly isCutOff: boolean;
}

/** What the next cycle would do with those that are due, most urgent first. */
const planRepairs = async (
  reads: ReplicationReads,
  config: ReplicationConfig,
  distribution?: DistributionPolicy,
): Promise<RepairPlan> => {
  const now = reads.clock.now();
  const situation = await loadSituation(reads);
  const lists = [
    await reads.artifacts.listChanged(STATUS_LIMIT + 1),
    await reads.artifacts.listDue('under', now, STATUS_LIMIT + 1),
    await reads.artifacts.listDue('short', now, STATUS_LIMIT + 1),
  ];
  const candidates = lists.flatMap((list) => list.slice(0, STATUS_LIMIT));
  const decisions = decideRepair({ ...situation, candidates }, replicationRules(config, distribution), now);
  return { situation, decisions, isCutOff: lists.some(({ length }) => length > STATUS_LIMIT) };
};

export type { CopiesExplanation, RepairPlan, ReplicationReads };
export { explainCopies, planRepairs, STATUS_LIMIT };
