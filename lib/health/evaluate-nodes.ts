import { explainIdleSetting } from '../idle/idle-policy.ts';
import type { IdleConfig } from '../idle/idle-settings.ts';
import type { Node } from '../nodes/node.ts';
import type { NodeHealth } from '../nodes/node-health.ts';
import type { Brake } from './brake.ts';
import { type BrakeDecision, decideBrake } from './decide-brake.ts';
import { decideNodeHealth } from './decide-node-health.ts';
import type { HealthPolicy } from './health-policy.ts';
import { type LoadedFleet, wordKey } from './load-fleet.ts';
import { areReportsLate } from './report-lag.ts';
import { settleNodeHealth, turnedBadAt } from './settle-node-health.ts';

interface EvaluatedNode {
  readonly node: Node;
  /** As its item should have it. */
  readonly health: NodeHealth;
  /** Whether the item has it otherwise. */
  readonly changed: boolean;
}

/** What nodes are judged by, beside their items. */
interface NodesAround extends Pick<LoadedFleet, 'words' | 'reportsWaiting'> {
  readonly brake: Brake | undefined;
  /** Says from when on work without GPU use is broken. */
  readonly idle: IdleConfig;
}

interface NodeEvaluation {
  readonly nodes: readonly EvaluatedNode[];
  readonly brake: BrakeDecision;
}

/** The health of every expected node. The brake looks at all verdicts first: while it is on, no new bad one is passed. Pure. */
const evaluateNodes = (
  nodes: readonly Node[],
  { words, reportsWaiting, brake: brakeBefore, idle }: NodesAround,
  policy: HealthPolicy,
  now: Date,
): NodeEvaluation => {
  const reportsLate = areReportsLate(nodes, reportsWaiting, policy.grace.lateReportSeconds, now);
  const judged = nodes.map((node) => {
    const instance = words.get(wordKey(node.provider, node.instanceId));
    const zombieSeconds = explainIdleSetting(idle, node, 'zombieSeconds').value;
    return { node, verdict: decideNodeHealth(node, { instance, reportsLate, zombieSeconds }, policy, now) };
  });
  const brake = decideBrake(
    brakeBefore,
    judged.map(({ node, verdict }) => ({ turnedBadAt: turnedBadAt(node.health, verdict, now) })),
    now,
  );
  return {
    brake,
    nodes: judged.map(({ node, verdict }) => {
      const { changed, health } = settleNodeHealth(node.health, verdict, brake.evidence.on, now);
      return { node, health, changed };
    }),
  };
};

export type { EvaluatedNode, NodeEvaluation };
export { evaluateNodes };
