import type { Node } from '../../../lib/nodes/node.ts';
import { secondsOf } from './simulated-agent.ts';
import { type EndRequest, violate, type World } from './world.ts';

/** A request that nobody knows the answer of may take effect for so long. */
const UNSURE_SECONDS = 900;

/** After these the request certainly did nothing. */
const SURELY_NOT: ReadonlySet<string> = new Set(['auth-failure', 'rate-limited', 'refused']);

const hasAccepted = ({ outcome }: EndRequest): boolean =>
  outcome === 'accepted' || outcome === 'gone-confirm';

/**
 * Whoever gets a node back may put work on it at once: none comes back whose instance may still end at our request.
 * @param before in `terminating`
 * @param after active again
 */
const judgeGivenBack = (world: World, { termination, instanceId }: Node, { endedDrain }: Node): void => {
  const say = (what: string): void => violate(world, `gives back ${what}`, instanceId);
  if (termination === undefined || endedDrain === undefined) {
    say('what no drain ended');
    return;
  }
  if (termination.forcedBy !== undefined) say('what a person ended');
  const endedAt = secondsOf(endedDrain.endedAt);
  // An answer that the cycle could not note is none.
  const isHeard = ({ step }: EndRequest): boolean => !world.brokenSteps.has(step);
  const begunAt = secondsOf(termination.requestedAt);
  for (const request of (world.requests.get(instanceId) ?? []).filter(({ at }) => at >= begunAt)) {
    if (hasAccepted(request) && isHeard(request)) say('what its provider ends');
    else if (!SURELY_NOT.has(request.outcome ?? '') && endedAt - request.at < UNSURE_SECONDS)
      say('what an unclear request may still end');
  }
};

export { judgeGivenBack };
