import { resolveIdlePolicy } from '../../../lib/idle/idle-policy.ts';
import type { Node } from '../../../lib/nodes/node.ts';
import type { SimulatedAgent } from './simulated-agent.ts';
import { violate, type World } from './world.ts';

/**
 * Its provider accepted and did nothing, and then somebody used the node, or it booted anew: it neither comes back nor is asked for
 * again, and the alarm of a stuck termination tells a person, who can force it.
 */
const isLeftToPeople = ({ lifecycle, termination, idleClock, drain, bootId }: Node): boolean =>
  lifecycle === 'terminating' &&
  termination?.acceptedAt !== undefined &&
  termination.stuckSaidAt !== undefined &&
  ((idleClock?.activityAt ?? '') > termination.requestedAt || drain?.acknowledgedBootId !== bootId);

/** What rightly keeps an idle node for ever, by what is true of it. */
const mayStay = ({ around, provider }: World, node: Node, agent: SimulatedAgent): boolean => {
  const { instance } = provider.rented.get(node.instanceId) ?? {};
  const policy = resolveIdlePolicy(around.idle, node);
  const price = instance?.chargeMicroUsdPerHour;
  return (
    policy.exempt ||
    price === undefined ||
    price < policy.minimumSavingMicroUsdPerHour ||
    instance?.status !== 'running' ||
    instance.locked === true ||
    agent.isElsewhere ||
    agent.isRevoked ||
    isLeftToPeople(node) ||
    // What the provider's lies made of it: it is nobody's node any more.
    node.lifecycle === 'lost' ||
    node.lifecycle === 'terminated'
  );
};

/** After an hour of calm nothing idle is left but what rightly stays, and what retention keeps of each group. */
const judgeRest = async (world: World): Promise<void> => {
  const { agents, installation, provider, around } = world;
  const kept = new Map<string, string[]>();
  for (const agent of agents.values()) {
    const node = await installation.nodes.get(agent.nodeId);
    if (node === undefined || mayStay(world, node, agent)) continue;
    const group = `${node.role} ${provider.rented.get(node.instanceId)?.instance.gpuType}`;
    kept.set(group, [...(kept.get(group) ?? []), agent.instanceId]);
  }
  for (const [group, instanceIds] of kept)
    if (instanceIds.length > (around.idle.retain ?? 0))
      violate(world, `${instanceIds.length} idle nodes of ${group} do not end: ${instanceIds.join(' ')}`);
};

export { judgeRest };
