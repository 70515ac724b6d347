import type { NodeExplanation } from '../../lib/idle/explain-node.ts';
import { meaningOf } from '../../lib/idle/step-meanings.ts';
import { formatUsd } from '../output/usd.ts';

const nameOf = ({ node, microUsdPerHour }: NodeExplanation): string =>
  `${node.nodeId} (${node.provider} ${node.instanceId}, ${microUsdPerHour === undefined ? 'price unknown' : `${formatUsd(microUsdPerHour)}/h`})`;

/** What stands in the way beside the first reason. */
const others = (blockers: readonly string[], first: string): string => {
  const rest = [...new Set(blockers)].filter((each) => each !== first);
  return rest.length === 0 ? '' : `; also ${rest.join(', ')}`;
};

/** What the next cycle does with the node, up to the colon. */
const stepOf = (explanation: NodeExplanation): string => {
  switch (explanation.stage) {
    case 'terminating': {
      const { action } = explanation.decision;
      if (action === 'give-back') return 'is terminating, and the next cycle gives it back';
      return action === 'request' ? 'is terminating' : 'is terminating and waits';
    }
    case 'draining': {
      const { action } = explanation.decision;
      if (action === 'terminate') return 'drains and is ended with the next cycle';
      return action === 'wait' ? 'drains and waits' : 'drains, and the next cycle gives it back';
    }
    case 'shadow': {
      const { action } = explanation.decision;
      if (action === 'mature') return 'would be ended with the next cycle (observed only)';
      return action === 'wait'
        ? 'would drain (observed only)'
        : 'would be given back with the next cycle (observed only)';
    }
    case 'idle':
      if (explanation.decision.action === 'keep') return 'is kept';
      return explanation.policy.mode === 'observe'
        ? 'would begin to drain with the next cycle (observed only)'
        : 'begins to drain with the next cycle';
  }
};

/** The answer in one sentence: what the next cycle does with the node, and why. */
const answerOf = (explanation: NodeExplanation): string => {
  const name = nameOf(explanation);
  const { node, decision } = explanation;
  if (node.lifecycle === 'terminated' || node.lifecycle === 'lost')
    return `${name} is ${node.lifecycle}${node.endedAt === undefined ? '' : ` since ${node.endedAt}`}.`;
  const { reason, evidence } = decision;
  return `${name} ${stepOf(explanation)}: ${meaningOf(reason)} (${reason})${others(evidence.blockers, reason)}.`;
};

export { answerOf };
