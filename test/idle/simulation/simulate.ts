import { resolveIdlePolicy } from '../../../lib/idle/idle-policy.ts';
import type { IdlePorts } from '../../../lib/idle/idle-ports.ts';
import { shutDownIdle } from '../../../lib/idle/shut-down-idle.ts';
import type { Node } from '../../../lib/nodes/node.ts';
import { recordReport } from '../../../lib/nodes/record-report.ts';
import { RECONCILE_POLICY } from '../../../lib/providers/reconcile-policy.ts';
import { reconcileProvider } from '../../../lib/providers/reconcile-provider.ts';
import { at, atText, START } from '../../nodes/fixtures.ts';
import { type Death, dieAt } from './die-at.ts';
import { createRandom, type Random } from './random.ts';
import { keepDrain, receive, type SimulatedAgent } from './simulated-agent.ts';
import { type Around, createInstallation, live, type Message, rent, speak } from './simulated-fleet.ts';
import { createSimulatedProvider, type Fault } from './simulated-provider.ts';

const STEP_SECONDS = 60;

interface SimulationOptions {
  readonly seed: number;
  readonly steps: number;
  readonly mode?: 'observe' | 'enforce' | 'off';
  /** Takes a guard away. */
  readonly sabotage?: (ports: IdlePorts) => IdlePorts;
}

interface SimulationResult {
  readonly violations: readonly string[];
  readonly nodeSteps: number;
  /** Instances that the provider ended at our request. */
  readonly terminations: number;
  readonly matured: number;
  readonly crashes: number;
  /** Why nodes were kept, or waited. */
  readonly reasons: ReadonlySet<string>;
  readonly faults: ReadonlyMap<Fault | 'delayed' | 'repeated', number>;
  readonly events: readonly { readonly name: string; readonly fields: unknown }[];
}

interface Request {
  readonly at: number;
  readonly step: number;
  outcome?: string;
}

const secondsOf = (text: string): number => (new Date(text).getTime() - START.getTime()) / 1000;

const randomConfig = (random: Random, mode: 'observe' | 'enforce' | 'off'): Around['idle'] => ({
  mode,
  idleThresholdSeconds: random.pick([180, 600, 1200]),
  minimumSamples: random.pick([2, 5, 12]),
  bootGraceSeconds: random.pick([0, 300, 900]),
  minimumSavingUsdPerHour: '0.1',
  retain: random.pick([0, 1, 2]),
  ...(random.chance(0.15) ? { roles: { trainer: { exempt: true } } } : {}),
  drainPeriodSeconds: random.pick([0, 60, 180]),
  acknowledgeSeconds: random.pick([300, 900]),
  terminationGapSeconds: random.pick([0, 60, 300]),
  dailyTerminationPercent: random.pick([20, 100, 100]),
  dailyTerminationMinimum: random.pick([2, 10, 40]),
});

/** One random fleet through the shipped functions, judged by what is really true of it. The same options give the same result. */
const simulate = async ({
  seed,
  steps,
  mode = 'enforce',
  sabotage = (ports) => ports,
}: SimulationOptions): Promise<SimulationResult> => {
  const random = createRandom(seed);
  const violations: string[] = [];
  const agents = new Map<string, SimulatedAgent>();
  const endedAt = new Map<string, number>();
  const requests = new Map<string, Request[]>();
  const crashedSteps: number[] = [];
  const reasons = new Set<string>();
  const kinds = new Map<Fault | 'delayed' | 'repeated', number>();
  const around: Around = {
    idle: randomConfig(random, mode),
    brake: 'off',
    unreadable: new Set(),
    pendingWork: 0,
  };
  let now = 0;
  let step = 0;
  let messages: Message[] = [];
  const nodesBefore = new Map<string, Node>();
  const violate = (what: string, instanceId = ''): void => {
    if (violations.length < 20) violations.push(`seed ${seed}, second ${now}, ${instanceId}: ${what}`);
  };
  const provider = createSimulatedProvider(
    random.pick(['vast', 'runpod', 'lambda-labs']),
    random,
    (instanceId) => {
      const agent = agents.get(instanceId);
      const request: Request = { at: now, step };
      const earlier = requests.get(instanceId) ?? [];
      // What is gone by an answer that could not be read is asked for again: no harm.
      if (agent !== undefined) judgeRequest(agent, earlier);
      else if (!endedAt.has(instanceId)) violate('asks for the end of what nobody rented', instanceId);
      requests.set(instanceId, [...earlier, request]);
      return (outcome) => {
        request.outcome = outcome;
      };
    },
  );
  const installation = createInstallation(around, () => now, provider);
  const { nodes } = installation;
  const holdsNow = new Set<string>();

  /** What must be true at the moment of a request, by the truth and not by what the code knows. */
  const judgeRequest = (agent: SimulatedAgent, earlier: readonly Request[]): void => {
    const { instanceId, nodeId, drain } = agent;
    const say = (what: string): void => violate(what, instanceId);
    if (around.idle.mode !== 'enforce') say('acts in the mode observe or off');
    if (['fleet', `provider:${provider.key}`, `node:${nodeId}`].some((scope) => holdsNow.has(scope)))
      say('acts under a hold');
    if (around.unreadable.has('holds')) say('acts though the holds cannot be read');
    if (around.brake === 'on') say('acts during a mass failure');
    if (around.unreadable.has('brake')) say('acts though the brake cannot be read');
    if (drain?.acknowledgedAt === undefined || drain.until <= now) say('the agent has not promised');
    if (now < agent.busyUntil || agent.lease !== undefined) say('kills work');
    if (
      drain?.acknowledgedAt !== undefined &&
      agent.usedAt > drain.acknowledgedAt &&
      now - agent.usedAt >= 120
    )
      say('somebody used the node after the promise');
    const unsafe = agent.files.filter(({ isSafe }) => !isSafe).length;
    if (unsafe > 0) say(`${unsafe} files would be lost`);
    if (agent.unclaimed > 0) say('unclaimed files would be lost');
    if (agent.unflushedBytes > 0) say('unflushed bytes would be lost');
    const rented = provider.rented.get(instanceId)?.instance;
    if (rented?.locked === true) say('ends what the provider locks');
    const last = earlier.at(-1);
    const hasFailed = last?.outcome !== 'accepted' && last?.outcome !== 'gone-confirm';
    const hasCrashed = last !== undefined && crashedSteps.some((one) => one >= last.step);
    if (last !== undefined && !hasFailed && !hasCrashed && now - last.at < 900) say('asks twice for nothing');
    if (earlier.length === 0) judgeFirst(agent, say);
  };

  const judgeFirst = (agent: SimulatedAgent, say: (what: string) => void): void => {
    const node = nodesBefore.get(agent.instanceId);
    const gpuType = provider.rented.get(agent.instanceId)?.instance.gpuType;
    const others = [...agents.values()].filter(
      (other) =>
        other !== agent &&
        // Asked for and given back, because nothing came of it, it stays.
        (!requests.has(other.instanceId) || nodesBefore.get(other.instanceId)?.lifecycle === 'active') &&
        nodesBefore.get(other.instanceId)?.role === node?.role &&
        provider.rented.get(other.instanceId)?.instance.gpuType === gpuType,
    );
    if (others.length < (around.idle.retain ?? 0)) say(`leaves ${others.length} of its group`);
  };

  /** What changed in the node items by one cycle. */
  const judgeCycle = async (before: readonly Node[]): Promise<void> => {
    const begun: string[] = [];
    for (const old of before) {
      const node = await nodes.get(old.nodeId);
      if (node === undefined) continue;
      const agent = agents.get(old.instanceId);
      if (around.idle.mode !== 'enforce' && old.lifecycle === 'active') {
        const { shadowDrain: _old, ...was } = old;
        const { shadowDrain: _new, ...is } = node;
        if (JSON.stringify(was) !== JSON.stringify(is))
          violate('changes more than the shadow', node.instanceId);
      }
      if (old.lifecycle === 'active' && node.lifecycle === 'draining' && agent !== undefined) {
        const policy = resolveIdlePolicy(around.idle, node);
        const price = provider.rented.get(node.instanceId)?.instance.chargeMicroUsdPerHour;
        if (now - agent.usedAt < policy.idleThresholdSeconds)
          violate('drains what was just used', node.instanceId);
        if (now - agent.bornSeconds < policy.bootGraceSeconds) violate('drains what is new', node.instanceId);
        if (price === undefined || price < policy.minimumSavingMicroUsdPerHour)
          violate('drains what is cheap', node.instanceId);
        if (policy.exempt) violate('drains what is exempt', node.instanceId);
        if (around.unreadable.has('work') || around.pendingWork > policy.pendingWorkLimit)
          violate('drains what work waits for', node.instanceId);
      }
      if (old.lifecycle !== 'terminating' && node.lifecycle === 'terminating') begun.push(node.instanceId);
    }
    for (const instanceId of begun) {
      const gap = around.idle.terminationGapSeconds ?? 0;
      if (gap > 0 && now - lastBegunAt < gap) violate('ends two too soon after each other', instanceId);
      lastBegunAt = now;
      beginnings.push(now);
      const inDay = beginnings.filter((moment) => moment > now - 86_400).length;
      const size = before.length + beginnings.length;
      const cap = Math.max(
        around.idle.dailyTerminationMinimum ?? 0,
        Math.floor((size * (around.idle.dailyTerminationPercent ?? 0)) / 100),
      );
      if (inDay > cap) violate(`ends ${inDay} in a day, of ${cap}`, instanceId);
    }
  };
  let lastBegunAt = -86_400;
  const beginnings: number[] = [];

  const death = (): Death | undefined =>
    random.chance(0.05) ? { callNumber: random.whole(1, 60), afterwards: random.chance(0.5) } : undefined;
  const runWith = async <Ports extends object>(
    ports: Ports,
    run: (ports: Ports) => Promise<unknown>,
  ): Promise<void> => {
    const doomed = dieAt(ports, death(), new Set(['clock', 'now', 'key', 'actor', 'warn']));
    try {
      await run(doomed.ports);
    } catch {
      // What failed shows in what is true afterwards.
    }
    if (doomed.hasDied()) crashedSteps.push(step);
  };

  const changeAround = async (): Promise<void> => {
    for (const holdId of [...holdsNow])
      if (random.chance(0.1)) {
        holdsNow.delete(holdId);
        await installation.holds.release(holdId);
      }
    if (random.chance(0.01)) {
      const { nodeId = 'n-000000000000' } = [...agents.values()][random.whole(0, agents.size)] ?? {};
      const scope = random.pick(['fleet', `provider:${provider.key}`, `node:${nodeId}`]);
      holdsNow.add(scope);
      const span = { setAt: atText(now), expiresAt: atText(now + 900_000) };
      await installation.holds.put({
        holdId: scope,
        kind: 'freeze',
        scope,
        reason: 'r',
        setBy: 'p',
        ...span,
      });
    }
    around.brake = random.chance(0.01) ? 'on' : around.brake === 'on' && random.chance(0.9) ? 'on' : 'off';
    const unreadable = (['holds', 'brake', 'work'] as const).filter(() => random.chance(0.01));
    around.unreadable = new Set(unreadable);
    around.pendingWork = random.chance(0.05) ? 20 : 0;
    if (random.chance(0.002)) around.idle = { ...around.idle, gpuIdlePercent: random.pick([10, 11]) };
    if (mode === 'enforce' && random.chance(0.003))
      around.idle = { ...around.idle, mode: random.pick(['off', 'observe']) };
    else if (mode === 'enforce' && random.chance(0.2)) around.idle = { ...around.idle, mode };
    provider.troubled.list = random.chance(0.01) ? 1 : random.chance(0.2) ? 0.02 : provider.troubled.list;
  };

  let index = seed * 10_000;
  let nodeSteps = 0;
  let told = 0;
  let terminations = 0;
  for (step = 0; step < steps; step += 1) {
    now = step * STEP_SECONDS;
    for (const instanceId of provider.advance(now)) {
      if (agents.delete(instanceId)) terminations += 1;
      endedAt.set(instanceId, now);
    }
    const wanted = 5 + (seed % 6);
    if (agents.size < wanted && (step === 0 || random.chance(0.3)))
      for (let count = step === 0 ? wanted : 1; count > 0; count -= 1) {
        index += 1;
        const agent = await rent(installation, provider, random, index, now);
        agents.set(agent.instanceId, agent);
      }
    await changeAround();
    const sent = installation.sender.sent.slice(told);
    told = installation.sender.sent.length;
    for (const agent of agents.values()) {
      nodeSteps += 1;
      await live(installation, agent, random, now);
      const mouth = speak(installation, agent, random, now, {
        count: (kind) => kinds.set(kind, (kinds.get(kind) ?? 0) + 1),
      });
      if (now >= agent.silentUntil) {
        for (const command of sent)
          if (command.nodeId === agent.nodeId) receive(agent, command, now, secondsOf);
        keepDrain(agent, now, random, installation.objects, mouth.send);
      }
      messages.push(...mouth.messages);
    }
    const due = messages.filter(({ deliverAt }) => deliverAt <= now);
    messages = messages.filter(({ deliverAt }) => deliverAt > now);
    for (const { report, sentAt } of due)
      await recordReport(installation.reportPorts, report, at(sentAt)).catch(() => {});
    now += 5;
    if (step % 2 === 0)
      await runWith(installation.reconcilePorts, (ports) => reconcileProvider(ports, RECONCILE_POLICY));
    now += 5;
    const before = await nodes.listByProvider(provider.key, ['active', 'draining', 'terminating']);
    nodesBefore.clear();
    for (const node of before) nodesBefore.set(node.instanceId, node);
    await runWith(sabotage(installation.idlePorts), async (ports) => {
      for (const reason of Object.keys((await shutDownIdle(ports)).reasons)) reasons.add(reason);
    });
    await judgeCycle(before);
    if (violations.length > 0 && violations.length >= 20) break;
  }
  for (const [fault, count] of provider.faults) kinds.set(fault, count);
  const { published } = installation.publisher;
  return {
    violations,
    nodeSteps,
    terminations,
    matured: published.filter(({ name }) => name === 'NodeWouldBeTerminated').length,
    crashes: crashedSteps.length,
    reasons,
    faults: kinds,
    events: published.map(({ name, fields }) => ({ name, fields })),
  };
};

export type { SimulationOptions, SimulationResult };
export { simulate };
