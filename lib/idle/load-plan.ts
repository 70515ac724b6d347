import type { Node } from '../nodes/node.ts';
import { runLimited } from '../run-limited.ts';
import { priceOf } from './decide-idle.ts';
import { explainNode, type NodeExplanation } from './explain-node.ts';
import type { IdleReads } from './idle-ports.ts';
import type { IdleSubject } from './idle-snapshot.ts';
import { loadFleet, loadPendingWork, loadView, subjectOf } from './load-fleet.ts';
import { type PlannedNode, planIdle } from './plan-idle.ts';

/** Nodes that are read side by side. */
const PARALLEL = 8;

interface ProviderPlan {
  /** Nodes that drain, would drain or terminate already, with the step that is next. */
  readonly ending: readonly NodeExplanation[];
  /** All other active nodes, the most expensive first. */
  readonly planned: readonly PlannedNode[];
}

const isEnding = ({ lifecycle, shadowDrain }: Node): boolean =>
  lifecycle !== 'active' || shadowDrain !== undefined;

/** What the next hour would do with the nodes of one provider. Reads, and does nothing. */
const loadPlan = async (ports: IdleReads): Promise<ProviderPlan> => {
  const { idle } = await ports.settings.current();
  const fleet = await loadFleet(ports);
  const now = ports.clock.now();
  const [real, shadow] = await Promise.all([
    loadView(ports, fleet, 'real', now),
    loadView(ports, fleet, 'shadow', now),
  ]);
  const subjects: IdleSubject[] = [];
  const ending: NodeExplanation[] = [];
  const errors = await runLimited(fleet.nodes, PARALLEL, async (node) => {
    if (isEnding(node)) ending.push(await explainNode(ports, node));
    else subjects.push(subjectOf(node, fleet.records, await loadPendingWork(ports, node)));
  });
  const [error] = errors;
  if (error !== undefined) throw error;
  return {
    ending: ending.toSorted((one, other) => one.node.nodeId.localeCompare(other.node.nodeId)),
    planned: planIdle(
      subjects.toSorted(
        (one, other) =>
          (priceOf(other) ?? 0) - (priceOf(one) ?? 0) || one.node.nodeId.localeCompare(other.node.nodeId),
      ),
      { real, shadow },
      idle,
      now,
    ),
  };
};

export type { ProviderPlan };
export { loadPlan };
