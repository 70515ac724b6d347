import type { Node } from '../../../lib/nodes/node.ts';
import type { SimulatedAgent } from './simulated-agent.ts';
import { type EndRequest, violate, type World } from './world.ts';

/** An accepted request that changes nothing is made again after this. */
const ACCEPTED_SECONDS = 900;
const FRESH_LISTING_SECONDS = 300;

type Say = (what: string) => void;

/** What no one may act against, whoever wants the end. */
const judgeBrakes = (world: World, { instanceId, nodeId, isElsewhere }: SimulatedAgent, say: Say): void => {
  const { around, frozen, provider, now } = world;
  const isFrozen = (scope: string): boolean => (frozen.get(scope) ?? 0) > now;
  if (isFrozen('fleet') || isFrozen(`provider:${provider.key}`)) say('acts under a freeze');
  if (isFrozen(`node:${nodeId}`)) say('acts on what is protected');
  if (around.unreadable.has('holds')) say('acts though the holds cannot be read');
  if (around.brake === 'on') say('acts during a mass failure');
  if (around.unreadable.has('brake')) say('acts though the brake cannot be read');
  if (now - world.listedAt > FRESH_LISTING_SECONDS) say('acts by an old listing');
  if (isElsewhere) say('acts on an instance that is not surely its own');
  if (provider.rented.get(instanceId)?.instance.locked === true) say('ends what the provider locks');
};

const unclaimedOf = ({ unclaimed, files }: SimulatedAgent): { count: number; bytes: number } => {
  const inside = files.filter(({ isRegistered }) => !isRegistered).length;
  return { count: unclaimed + inside, bytes: unclaimed + inside * 10 };
};

const isWaived = (agent: SimulatedAgent, now: number): boolean => {
  const { count, bytes } = unclaimedOf(agent);
  const { waived } = agent;
  return waived !== undefined && now < waived.until && count <= waived.count && bytes <= waived.bytes;
};

/** An agent that promised does nothing any more, so that what it holds now is what it told. */
const judgeData = (world: World, agent: SimulatedAgent, say: Say): void => {
  const lost = agent.files.filter(({ isRegistered, isSafe }) => isRegistered && !isSafe).length;
  if (lost > 0) say(`${lost} files without a copy in the store would be lost`);
  if (unclaimedOf(agent).count > 0 && !isWaived(agent, world.now)) say('unclaimed files would be lost');
  if (agent.unflushedBytes > 0) say('unflushed bytes would be lost');
};

const judgePromise = (world: World, { drain, ...agent }: SimulatedAgent, say: Say): void => {
  const { now, around } = world;
  if (around.idle.mode !== 'enforce') say('acts in the mode observe or off');
  if (drain?.acknowledgedAt === undefined) say('the agent has not promised');
  else if (drain.until - agent.aheadSeconds <= now) say('the promise is over');
  if (now < agent.busyUntil || agent.lease !== undefined) say('kills work');
  if (
    drain?.acknowledgedAt !== undefined &&
    agent.usedBefore > drain.acknowledgedAt &&
    now - agent.usedBefore >= 120
  )
    say('somebody used the node after the promise');
};

/**
 * One request follows another only when that one failed, or changed nothing for long, or whoever made it could not note it, or a person
 * forced the end since.
 */
const judgeRepeat = (world: World, instanceId: string, last: EndRequest | undefined, say: Say): void => {
  if (last === undefined) return;
  const hasFailed = last.outcome !== 'accepted' && last.outcome !== 'gone-confirm';
  const isBroken = world.brokenSteps.has(last.step);
  const isForcedSince = (world.forcedAt.get(instanceId) ?? 0) > last.at;
  if (!hasFailed && !isBroken && !isForcedSince && world.now - last.at < ACCEPTED_SECONDS)
    say('asks twice for nothing');
};

const judgeForced = (agent: SimulatedAgent, node: Node, say: Say): void => {
  if (node.termination?.abandonsData === true) return;
  // Without a drain only what its last inventory had can be held against it.
  const unsafe = agent.unsafeByDigest.get(node.inventory?.digest ?? '');
  if (unsafe === undefined) say('ends by force what told no inventory');
  else if (unsafe > 0) say(`${unsafe} files without a copy in the store would be lost by force`);
};

/** Each request to end an instance, by what is true and not by what the code knows. Answers who notes the outcome. */
const judgeRequest = async (world: World, instanceId: string): Promise<(outcome: string) => void> => {
  const { agents, ended, requests, installation, now, step } = world;
  const agent = agents.get(instanceId);
  const earlier = requests.get(instanceId) ?? [];
  const request: EndRequest = { at: now, step };
  requests.set(instanceId, [...earlier, request]);
  const say: Say = (what) => violate(world, what, instanceId);
  const node = agent === undefined ? undefined : await installation.nodes.get(agent.nodeId);
  // What is gone by an answer that could not be read is asked for again: no harm.
  if (agent !== undefined && node !== undefined) {
    judgeBrakes(world, agent, say);
    judgeRepeat(world, instanceId, earlier.at(-1), say);
    if (node.termination?.forcedBy !== undefined) judgeForced(agent, node, say);
    else {
      judgePromise(world, agent, say);
      judgeData(world, agent, say);
    }
  } else if (!ended.has(instanceId)) say('asks for the end of what nobody rented');
  return (outcome) => {
    request.outcome = outcome;
  };
};

export { judgeRequest, unclaimedOf };
