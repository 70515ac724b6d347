import type { Node } from '../nodes/node.ts';
import type { Hold } from './hold.ts';

/** What a hold can cover. */
type HoldScope = Hold['scope'];

/** Every scope that a node is in: the fleet, its provider, itself. */
const scopesOf = (node: Pick<Node, 'nodeId' | 'provider'>): HoldScope[] => [
  'fleet',
  `provider:${node.provider}`,
  `node:${node.nodeId}`,
];

type HoldReason = 'no-hold' | 'held' | 'holds-unreadable' | 'pipeline-paused' | 'pause-unreadable';

interface HoldDecision {
  readonly action: 'go' | 'hold';
  readonly reason: HoldReason;
  readonly evidence: { readonly holdIds: readonly string[]; readonly message: string };
}

/** Whether one of the live holds of this kind covers one of the scopes. Pure. */
const decideHold = (
  holds: readonly Hold[],
  kinds: readonly Hold['kind'][],
  scopes: readonly HoldScope[],
): HoldDecision => {
  const covering = holds.filter(({ kind, scope }) => kinds.includes(kind) && scopes.includes(scope));
  if (covering.length === 0) {
    return { action: 'go', reason: 'no-hold', evidence: { holdIds: [], message: 'no hold covers it' } };
  }
  return {
    action: 'hold',
    reason: 'held',
    evidence: {
      holdIds: covering.map(({ holdId }) => holdId),
      message: covering
        .map(
          ({ kind, scope, reason, setBy, expiresAt }) =>
            `${kind} of ${scope} by ${setBy} until ${expiresAt}: ${reason}`,
        )
        .join('; '),
    },
  };
};

export type { HoldDecision, HoldScope };
export { decideHold, scopesOf };
