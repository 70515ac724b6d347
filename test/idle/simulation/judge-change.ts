import { resolveIdlePolicy } from '../../../lib/idle/idle-policy.ts';
import type { Node } from '../../../lib/nodes/node.ts';
import { RECONCILE_POLICY } from '../../../lib/providers/reconcile-policy.ts';
import { judgeGivenBack } from './judge-given-back.ts';
import { type SimulatedAgent, secondsOf } from './simulated-agent.ts';
import { violate, type World } from './world.ts';

const FRESH_HEARTBEAT_SECONDS = 90;
const DAY_SECONDS = 86_400;

/** What changed in the node items by one run of a function, judged by what is true. */
interface ChangeJudge {
  /** @param isAlone nothing else ran meanwhile */
  afterCycle(before: readonly Node[], isAlone: boolean): Promise<void>;
  afterReconcile(before: readonly Node[]): Promise<void>;
}

const judgeDrainBegin = (world: World, node: Node, agent: SimulatedAgent): void => {
  const { around, provider, now } = world;
  const say = (what: string): void => violate(world, what, node.instanceId);
  const policy = resolveIdlePolicy(around.idle, node);
  const { instance } = provider.rented.get(node.instanceId) ?? {};
  const price = instance?.chargeMicroUsdPerHour;
  // A minute for the heartbeat that tells of the use.
  if (now - agent.usedBefore < policy.idleThresholdSeconds) say('drains what was just used');
  if (now - agent.bornSeconds < policy.bootGraceSeconds) say('drains what is new');
  if (now - agent.heardAt > FRESH_HEARTBEAT_SECONDS + 20) say('drains what is silent');
  if (agent.lease !== undefined) say('drains what holds a lease');
  if (agent.isRevoked) say('drains what is not trusted');
  if (agent.isElsewhere) say('drains what is not surely its own instance');
  if (price === undefined || price < policy.minimumSavingMicroUsdPerHour) say('drains what is cheap');
  if (policy.exempt) say('drains what is exempt');
  if (around.idle.mode !== 'enforce') say('drains in the mode observe or off');
  if (around.unreadable.has('work') || around.pendingWork > policy.pendingWorkLimit)
    say('drains what work waits for');
};

const gpuTypeOf = (world: World, instanceId: string): string | undefined =>
  world.provider.rented.get(instanceId)?.instance.gpuType;

/** Its instance is gone by itself, so lately that no cycle can know: the item is active, and its last heartbeat fresh. */
const hasJustVanished = (world: World, { instanceId, heartbeatAt }: Node): boolean =>
  gpuTypeOf(world, instanceId) === undefined &&
  heartbeatAt !== undefined &&
  world.now - secondsOf(heartbeatAt) <= FRESH_HEARTBEAT_SECONDS;

/**
 * Nodes that stay, of the node's role and GPU type: active ones, and none that anybody asked to end. What its provider took away a
 * moment ago was not Drover's act, and counts as there.
 */
const judgeRetention = async (world: World, node: Node): Promise<void> => {
  const gpuType = gpuTypeOf(world, node.instanceId);
  const active = await world.installation.nodes.listByProvider(world.provider.key, ['active']);
  const stay = active.filter(
    (other) =>
      other.role === node.role &&
      (gpuTypeOf(world, other.instanceId) === gpuType || hasJustVanished(world, other)),
  ).length;
  if (gpuType !== undefined && stay < (world.around.idle.retain ?? 0))
    violate(world, `leaves ${stay} of its group`, node.instanceId);
};

const withoutShadow = ({ shadowDrain: _shadow, ...rest }: Node): string => JSON.stringify(rest);

const createChangeJudge = (world: World): ChangeJudge => {
  const { around, agents, installation } = world;
  /** When each end that was not taken back began, by the drain that it follows. */
  const begun = new Map<string, number>();

  const judgeTerminationBegin = async (node: Node, size: number): Promise<void> => {
    const { termination, drain, instanceId } = node;
    if (termination === undefined || termination.forcedBy !== undefined) return;
    const begunAt = secondsOf(termination.requestedAt);
    const say = (what: string): void => violate(world, what, instanceId);
    const drainSeconds = begunAt - secondsOf(drain?.startedAt ?? termination.requestedAt);
    if (drainSeconds < (around.idle.drainPeriodSeconds ?? 0)) say('drains it too short');
    const gap = around.idle.terminationGapSeconds ?? 0;
    // One cycle may begin several, and this looks at them in any order.
    if ([...begun.values()].some((moment) => Math.abs(begunAt - moment) < gap))
      say('ends two too soon after each other');
    begun.set(termination.terminationId, begunAt);
    const inDay = [...begun.values()].filter((moment) => moment > begunAt - DAY_SECONDS).length;
    const share = ((size + begun.size) * (around.idle.dailyTerminationPercent ?? 0)) / 100;
    const cap = Math.max(around.idle.dailyTerminationMinimum ?? 0, Math.floor(share));
    if (inDay > cap) say(`ends ${inDay} in a day, of ${cap}`);
    await judgeRetention(world, node);
  };

  const judgeNode = async (old: Node, isAlone: boolean, size: number): Promise<void> => {
    const node = await installation.nodes.get(old.nodeId);
    // What is stored is never changed but replaced.
    if (node === undefined || node === old) return;
    const agent = agents.get(old.instanceId);
    const isCalmMode = around.idle.mode !== 'enforce' && old.lifecycle === 'active';
    const isSilentChange = old.endedDrain === undefined && isAlone;
    if (isCalmMode && isSilentChange && withoutShadow(old) !== withoutShadow(node))
      violate(world, 'changes more than the shadow', node.instanceId);
    if (old.lifecycle === 'active' && node.lifecycle === 'draining' && agent !== undefined)
      judgeDrainBegin(world, node, agent);
    if (old.lifecycle !== 'terminating' && node.lifecycle === 'terminating')
      await judgeTerminationBegin(node, size);
    if (old.lifecycle === 'terminating' && node.lifecycle === 'active') {
      judgeGivenBack(world, old, node);
      begun.delete(old.termination?.terminationId ?? '');
    }
  };

  return {
    afterCycle: async (before, isAlone) => {
      for (const old of before) await judgeNode(old, isAlone, before.length);
    },
    afterReconcile: async (before) => {
      for (const old of before) {
        const node = await installation.nodes.get(old.nodeId);
        if (node === undefined || node.lifecycle === old.lifecycle) continue;
        if (node.lifecycle !== 'terminated' && node.lifecycle !== 'lost') continue;
        const { listings } = world;
        const isProven =
          listings.length >= RECONCILE_POLICY.missesToBeGone &&
          listings.every((listing) => !listing.has(node.instanceId));
        if (!isProven) violate(world, `is ${node.lifecycle} by no complete listing`, node.instanceId);
      }
    },
  };
};

export type { ChangeJudge };
export { createChangeJudge };
