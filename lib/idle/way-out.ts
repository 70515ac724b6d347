import type { Node } from '../nodes/node.ts';
import type { TerminationReason } from './decide-termination.ts';

/** These pass, or a person lifts them; then the provider is asked again. */
const LIFTED: ReadonlyMap<TerminationReason, string> = new Map<TerminationReason, string>([
  ['frozen', '`drover holds` names the hold; `drover release <hold>` lets the termination go on'],
  ['protected', '`drover holds` names the protection; `drover release <hold>` lets the termination go on'],
  ['holds-unreadable', 'the holds must be readable again: look at the control table'],
  ['mass-failure', 'it goes on when the brake on mass failure ends: `drover health`'],
  ['brake-unknown', 'health must be evaluated again: `drover health`'],
  ['listing-unsure', 'its provider must be listed again: `drover providers status`'],
  ['binding-unconfirmed', 'a listing must confirm which instance it is: `drover providers status`'],
  ['instance-unknown', 'a listing must have its instance: `drover providers status`'],
  ['instance-locked', 'its provider must unlock the instance: look at its console'],
]);

/** Where the provider was asked already, or only the node stands in the way of asking it. */
const FORCED: ReadonlySet<TerminationReason> = new Set<TerminationReason>([
  'accepted',
  'data-unknown',
  'data-at-risk',
  'promise-over',
  'promise-ends',
  'activity',
  'mode-changed',
  'exempt',
]);

/** What a person does about a termination that takes too long, in one sentence. Pure. */
const wayOutOf = (
  { nodeId, provider, instanceId }: Pick<Node, 'nodeId' | 'provider' | 'instanceId'>,
  reason: TerminationReason,
): string => {
  const lifted = LIFTED.get(reason);
  if (lifted !== undefined) return lifted;
  const console = `end the instance ${instanceId} in the console of ${provider}`;
  return FORCED.has(reason)
    ? `${console}, or \`drover nodes terminate ${nodeId} --force --reason …\`, with --abandon-data when what it holds may go`
    : console;
};

export { wayOutOf };
