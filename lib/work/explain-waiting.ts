import type { Node } from '../nodes/node.ts';
import { toTimestamp } from '../time.ts';
import { type FitContext, type RefusalReason, refusalOf } from './node-fit.ts';
import type { WorkItem } from './work-item.ts';

interface WaitingExplanation {
  /** Nodes that would take it now: it waits for its turn, or for a moment. */
  readonly takers: number;
  /** How many nodes do not, by why. */
  readonly refusals: Partial<Record<RefusalReason, number>>;
  /** It is not given away before that. */
  readonly notBefore?: string;
}

/** Why work waits, node by node. Pure. */
const explainWaiting = (item: WorkItem, nodes: readonly Node[], fit: FitContext): WaitingExplanation => {
  const refusals: Partial<Record<RefusalReason, number>> = {};
  let takers = 0;
  for (const node of nodes) {
    const reason = refusalOf(node, item, fit);
    if (reason === undefined) takers += 1;
    else refusals[reason] = (refusals[reason] ?? 0) + 1;
  }
  return {
    takers,
    refusals,
    ...(item.availableAt > toTimestamp(fit.now) ? { notBefore: item.availableAt } : {}),
  };
};

export type { WaitingExplanation };
export { explainWaiting };
