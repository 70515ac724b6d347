import type { NodeExplanation } from '../../lib/idle/explain-node.ts';
import { meaningOf } from '../../lib/idle/step-meanings.ts';
import { formatUsd } from '../output/usd.ts';

const PRICE_UNKNOWN = 'price unknown';

const nameOf = ({ node, microUsdPerHour }: NodeExplanation): string =>
  `${node.nodeId} (${node.provider} ${node.instanceId}, ${microUsdPerHour === undefined ? PRICE_UNKNOWN : `${formatUsd(microUsdPerHour)}/h`})`;

/** What stands in the way beside the first reason. */
const others = (blockers: readonly string[], first: string): string => {
  const rest = [...new Set(blockers)].filter((each) => each !== first);
  return rest.length === 0 ? '' : `; also ${rest.join(', ')}`;
};

/** The answer in one sentence: what the next cycle does with the node, and why. */
const answerOf = (explanation: NodeExplanation): string => {
  const name = nameOf(explanation);
  const { reason, evidence } = explanation.decision;
  const because = `${meaningOf(reason)} (${reason})${others(evidence.blockers, reason)}.`;
  const { node, policy } = explanation;
  if (node.lifecycle === 'terminated' || node.lifecycle === 'lost')
    return `${name} is ${node.lifecycle}${node.endedAt === undefined ? '' : ` since ${node.endedAt}`}.`;
  switch (explanation.stage) {
    case 'terminating':
      return explanation.decision.action === 'request'
        ? `${name} is terminating: ${because}`
        : `${name} is terminating and waits: ${because}`;
    case 'draining':
      switch (explanation.decision.action) {
        case 'terminate':
          return `${name} drains and is ended with the next cycle: ${because}`;
        case 'wait':
          return `${name} drains and waits: ${because}`;
        case 'cancel':
          return `${name} drains, and the next cycle gives it back: ${because}`;
      }
      break;
    case 'shadow':
      switch (explanation.decision.action) {
        case 'mature':
          return `${name} would be ended with the next cycle (observed only): ${because}`;
        case 'wait':
          return `${name} would drain (observed only): ${because}`;
        default:
          return `${name} would be given back with the next cycle (observed only): ${because}`;
      }
    case 'idle':
      if (explanation.decision.action === 'keep') return `${name} is kept: ${because}`;
      return policy.mode === 'observe'
        ? `${name} would begin to drain with the next cycle (observed only): ${because}`
        : `${name} begins to drain with the next cycle: ${because}`;
  }
  return name;
};

export { answerOf };
