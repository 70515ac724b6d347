import { endDrain } from '../../../lib/idle/end-drain.ts';
import { explainNode } from '../../../lib/idle/explain-node.ts';
import { forceTermination } from '../../../lib/idle/force-termination.ts';
import { mayLose } from '../../../lib/nodes/may-lose.ts';
import { waiveData } from '../../../lib/nodes/waive-data.ts';
import { atText, makeNode } from '../../nodes/fixtures.ts';
import { count, type Fault } from './faults.ts';
import type { Readable } from './installation.ts';
import type { SimulatedAgent } from './simulated-agent.ts';
import type { World } from './world.ts';

const STATIC_NODE_ID = 'n-ffffffffffff';
const NOBODY = 'n-fffffffffffe';

const someAgent = ({ agents, random }: World): SimulatedAgent | undefined =>
  [...agents.values()][random.whole(0, Math.max(0, agents.size - 1))];

const freeze = async (world: World, scope: string, fault: Fault): Promise<void> => {
  const { installation, frozen, random, faults, now } = world;
  count(faults, fault);
  const until = now + 60 * random.whole(2, 60);
  frozen.set(scope, Math.max(until, frozen.get(scope) ?? 0));
  await installation.holds.put({
    holdId: `${scope}-${now}`,
    kind: 'freeze',
    scope,
    reason: 'somebody works there',
    setBy: 'op',
    setAt: atText(now),
    expiresAt: atText(until),
  });
};

const holdThings = async (world: World): Promise<void> => {
  const { random, weather, provider } = world;
  if (random.chance(weather.freeze))
    await freeze(world, random.pick(['fleet', `provider:${provider.key}`]), 'freeze');
  const agent = random.chance(weather.protection) ? someAgent(world) : undefined;
  if (agent !== undefined) await freeze(world, `node:${agent.nodeId}`, 'protection');
};

const changeSettings = (world: World): void => {
  const { random, weather, around, faults, step } = world;
  if (around.idle.mode !== world.usualMode) {
    if (random.chance(0.012)) around.idle = { ...around.idle, mode: world.usualMode };
  } else if (random.chance(weather.modeChange)) {
    count(faults, 'mode-change');
    around.idle = { ...around.idle, mode: random.pick(['off', 'observe', 'observe']) };
  }
  if (random.chance(weather.limitsChange)) {
    count(faults, 'limits-change');
    around.idle = { ...around.idle, gpuIdlePercent: around.idle.gpuIdlePercent === 10 ? 11 : 10 };
  }
  if (random.chance(weather.configurationChange)) {
    count(faults, 'configuration-change');
    around.configDigest = `data-${step}`;
  }
};

/** Whoever waives, forces or resumes uses the functions behind the commands of `drover`. */
const actOnNodes = async (world: World): Promise<void> => {
  const { random, weather, faults, installation, forcedAt, now } = world;
  const { people } = installation;
  const waiving = random.chance(weather.waiver) ? someAgent(world) : undefined;
  if (waiving !== undefined && waiving.unclaimed > 0) {
    const { nodeId } = waiving;
    const { unclaimed } = await mayLose(people, nodeId);
    if (unclaimed !== 'unknown' && unclaimed.count > 0) {
      count(faults, 'waiver');
      const seen = { count: unclaimed.count, bytes: unclaimed.bytes };
      await waiveData(people, { nodeId, waivedBy: 'op', reason: 'scratch', ttlSeconds: 7200, seen });
      waiving.waived = { ...seen, until: now + 7200 };
    }
  }
  const forced = random.chance(weather.force) ? someAgent(world) : undefined;
  if (forced !== undefined) {
    const [ended = forced] = await people.nodes.listByProvider(people.provider.key, ['lost', 'terminated']);
    const nodeId = random.chance(0.7) ? forced.nodeId : random.pick([ended.nodeId, STATIC_NODE_ID]);
    const abandonsData = random.chance(0.5);
    const request = { nodeId, reason: 'broken', forcedBy: 'op', abandonsData };
    const { decision, termination } = await forceTermination(people, request);
    if (termination !== undefined && nodeId === forced.nodeId) forcedAt.set(forced.instanceId, now);
    count(faults, abandonsData ? 'forced-end-abandoning-data' : 'forced-end');
    for (const reason of [decision.reason, ...decision.evidence.risks]) world.reasons.add(reason);
  }
  if (random.chance(weather.resume)) {
    const [node] = await people.nodes.listByProvider(people.provider.key, ['draining']);
    if (node !== undefined && (await endDrain(people, node, 'resumed-by-operator', [])))
      count(faults, 'resumed-by-operator');
  }
};

/** What somebody who asks is told of one node. */
const explainSomething = async ({ random, installation, reasons, around, agents }: World): Promise<void> => {
  if (around.unreadable.has('settings') || !random.chance(0.15)) return;
  const nodes = await installation.nodes.listByLifecycle(['pending', 'active', 'draining', 'terminating']);
  const about = nodes[random.whole(0, nodes.length - 1)];
  if (about === undefined || agents.size === 0) return;
  const { decision, mayLose: answer } = await explainNode(installation.people, about);
  for (const reason of [decision.reason, ...(answer?.reasons ?? [])]) reasons.add(reason);
};

/** What people do, and what cannot be read, in this minute. */
const changeAround = async (world: World): Promise<void> => {
  const { random, weather, around, faults, installation, provider, now } = world;
  if (random.chance(weather.lockout)) {
    count(faults, 'locked-out');
    provider.lockedOutUntil = now + 60 * random.whole(30, 120);
  }
  const unreadable = new Set<Readable>();
  for (const what of ['holds', 'brake', 'work', 'settings'] as const) {
    if (!random.chance(weather.unreadable)) continue;
    count(faults, `${what}-unreadable`);
    unreadable.add(what);
  }
  around.unreadable = unreadable;
  if (around.brake === 'on') around.brake = random.chance(0.1) ? 'off' : 'on';
  else if (random.chance(weather.massFailure)) {
    count(faults, 'mass-failure');
    around.brake = 'on';
  }
  around.pendingWork = random.chance(weather.pendingWork) ? 20 : 0;
  await holdThings(world);
  changeSettings(world);
  if (!unreadable.has('settings')) await actOnNodes(world);
  await explainSomething(world);
  const agent = random.chance(weather.inventoryLost) ? someAgent(world) : undefined;
  const key = agent && (await installation.nodes.get(agent.nodeId))?.inventory?.key;
  if (key !== undefined && installation.objects.delete(key)) count(faults, 'inventory-lost');
  if (random.chance(weather.slotLost)) {
    const ledger = await installation.ledgers.get(provider.key, 'real');
    await installation.ledgers.put(provider.key, 'real', { ...ledger, pending: {} });
    count(faults, 'slot-lost');
  }
};

/** The fleet also has a machine of its own, which nobody can end; and somebody asks for a node that never was. */
const greet = async ({ installation, reasons }: World): Promise<void> => {
  await installation.nodes.create(
    makeNode({ nodeId: STATIC_NODE_ID, provider: 'static', instanceId: 'own', lifecycle: 'active' }),
  );
  for (const reason of (await mayLose(installation.people, NOBODY)).reasons) reasons.add(reason);
};

export { changeAround, greet };
