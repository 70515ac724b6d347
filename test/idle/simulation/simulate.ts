import { PermanentError } from '../../../lib/errors.ts';
import { shutDownIdle } from '../../../lib/idle/shut-down-idle.ts';
import type { Node } from '../../../lib/nodes/node.ts';
import { recordReport } from '../../../lib/nodes/record-report.ts';
import type { Report } from '../../../lib/nodes/report.ts';
import { RECONCILE_POLICY } from '../../../lib/providers/reconcile-policy.ts';
import { reconcileProvider } from '../../../lib/providers/reconcile-provider.ts';
import { at } from '../../nodes/fixtures.ts';
import { live, type Message, speak } from './agent-life.ts';
import { count } from './faults.ts';
import { type ChangeJudge, createChangeJudge } from './judge-change.ts';
import { judgeRequest } from './judge-request.ts';
import { judgeRest } from './judge-rest.ts';
import { changeAround, greet } from './people.ts';
import { createExecutioner, type Runner } from './run-function.ts';
import { CALM } from './weather.ts';
import { createWorld, rent, type World, type WorldOptions } from './world.ts';

const STEP_SECONDS = 60;
/** Two listings within what makes one old. */
const STEPS_PER_LISTING = 3;
const CALM_STEPS = 75;
const MOST_DELIVERIES = 5;
const LIVING: readonly Node['lifecycle'][] = ['active', 'draining', 'terminating'];

/** What one world was like; plain data, so that it can be sent from thread to thread. */
interface SimulationResult {
  readonly violations: readonly string[];
  readonly nodeSteps: number;
  /** Instances that the provider ended at our request. */
  readonly terminations: number;
  readonly matured: number;
  readonly reasons: readonly string[];
  readonly calls: readonly string[];
  readonly faults: readonly (readonly [string, number])[];
  /** By function and step. */
  readonly crashes: readonly (readonly [string, number])[];
  /** Events by name. */
  readonly events: readonly (readonly [string, number])[];
}

/** What simulated agents report. */
type ReportType = 'heartbeat' | 'inventory' | 'command-result';
const isReportType = (type: Report['type']): type is ReportType =>
  type === 'heartbeat' || type === 'inventory' || type === 'command-result';

interface Simulation {
  readonly world: World;
  readonly cycle: Runner<World['installation']['idle']>;
  readonly reconcile: Runner<World['installation']['reconcile']>;
  readonly record: Readonly<Record<ReportType, Runner<World['installation']['reports']>>>;
  readonly judge: ChangeJudge;
  messages: Message[];
  nodeSteps: number;
  terminations: number;
  /** Commands that were handed to agents. */
  told: number;
}

/** Instances that end: at our request, by themselves, or because the provider takes them away. */
const passTime = ({ world, ...simulation }: Simulation): number => {
  const { agents, agentOf, provider, random, weather, faults, ended, now } = world;
  for (const { instanceId } of agents.values()) {
    const one = provider.rented.get(instanceId);
    if (one === undefined || one.endsAtSeconds !== undefined) continue;
    if (random.chance(weather.goingByItself)) {
      count(faults, 'gone-by-itself');
      one.endsAtSeconds = now;
    } else if (random.chance(weather.preemption)) {
      count(faults, 'preempted');
      one.instance = { ...one.instance, status: 'preempted' };
      one.endsAtSeconds = now + 600;
    }
  }
  let terminations = simulation.terminations;
  for (const { instanceId, isOurs } of provider.advance(now)) {
    const agent = agents.get(instanceId);
    ended.add(instanceId);
    if (agent === undefined) continue;
    agents.delete(instanceId);
    agentOf.delete(agent.nodeId);
    terminations += isOurs ? 1 : 0;
  }
  return terminations;
};

/** Commands reach their agents, but for those that are lost; some come twice. */
const carryCommands = (simulation: Simulation): void => {
  const { agentOf, installation, random, weather, faults } = simulation.world;
  const { sent } = installation.sender;
  for (; simulation.told < sent.length; simulation.told += 1) {
    const command = sent[simulation.told];
    const agent = command && agentOf.get(command.nodeId);
    if (agent === undefined || command === undefined) continue;
    if (random.chance(weather.commandLost)) {
      count(faults, 'command-lost');
      continue;
    }
    agent.inbox.push(command);
    if (!random.chance(weather.commandRepeated)) continue;
    count(faults, 'command-repeated');
    agent.inbox.push(command);
  }
};

const deliver = async (simulation: Simulation, message: Message, isOverlapped: boolean): Promise<void> => {
  const { world } = simulation;
  const { report, sentAt, attempt } = message;
  const { type } = report;
  if (!isReportType(type)) return;
  const error = await simulation.record[type](
    (ports) => recordReport(ports, report, at(sentAt)),
    isOverlapped,
  );
  const agent = world.agentOf.get(report.nodeId);
  if (error === undefined && type === 'heartbeat' && agent !== undefined)
    agent.heardAt = Math.max(agent.heardAt, sentAt);
  // The queue gives it again.
  if (error !== undefined && !(error instanceof PermanentError) && attempt < MOST_DELIVERIES)
    simulation.messages.push({ ...message, deliverAt: world.now + STEP_SECONDS, attempt: attempt + 1 });
};

const liveOneMinute = async (simulation: Simulation): Promise<void> => {
  const { world } = simulation;
  const { agents, random, weather, faults, installation, now } = world;
  carryCommands(simulation);
  let neighbour = [...agents.values()].at(-1);
  for (const agent of agents.values()) {
    simulation.nodeSteps += 1;
    // Whoever was taken away does nothing any more.
    if (world.provider.rented.get(agent.instanceId)?.instance.status === 'preempted') continue;
    const around = { installation, random, weather, faults, now, neighbour };
    await live(around, agent);
    speak(around, agent, (message) => simulation.messages.push(message));
    neighbour = agent;
  }
};

/** Delivers what is due, reconciles, and runs the cycle: alone, or two of them and the reports side by side. */
const runFunctions = async (simulation: Simulation): Promise<void> => {
  const { world, judge } = simulation;
  const { installation, provider, random, weather, faults, step, reasons } = world;
  const isOverlapped = random.chance(weather.overlap);
  const start = step * STEP_SECONDS;
  const due = simulation.messages.filter(({ deliverAt }) => deliverAt <= start);
  simulation.messages = simulation.messages.filter(({ deliverAt }) => deliverAt > start);
  const later = isOverlapped ? due.splice(Math.floor(due.length / 2)) : [];
  for (const message of due) await deliver(simulation, message, false);
  world.now = start + 5;
  if (step % STEPS_PER_LISTING === 0) {
    const before = await installation.nodes.listByProvider(provider.key, LIVING);
    await simulation.reconcile((ports) => reconcileProvider(ports, RECONCILE_POLICY));
    await judge.afterReconcile(before);
  }
  world.now = Math.max(world.now, start + 10);
  const before = await installation.nodes.listByProvider(provider.key, LIVING);
  const runCycle = async (): Promise<void> => {
    await simulation.cycle(async (ports) => {
      const cycle = await shutDownIdle(ports);
      for (const reason of Object.keys(cycle.reasons)) reasons.add(reason.replace(/^.*:/, ''));
    }, isOverlapped);
  };
  if (isOverlapped) {
    count(faults, 'overlapping-cycles');
    await Promise.all([
      runCycle(),
      runCycle(),
      ...later.map((message) => deliver(simulation, message, true)),
    ]);
  } else await runCycle();
  await judge.afterCycle(before, !isOverlapped);
};

/** Everything stops: no work, no holds, no faults, and a policy that lets what is idle go. */
const calmDown = async (world: World): Promise<void> => {
  const { around, agents, frozen, installation, provider, now } = world;
  world.weather = CALM;
  provider.lockedOutUntil = now;
  around.idle = {
    ...around.idle,
    mode: 'enforce',
    idleThresholdSeconds: 180,
    minimumSamples: 2,
    bootGraceSeconds: 0,
    terminationGapSeconds: 0,
    dailyTerminationMinimum: 10_000,
  };
  frozen.clear();
  for (const { holdId } of await installation.holds.listLive(at(now)))
    await installation.holds.release(holdId);
  for (const agent of agents.values())
    Object.assign(agent, { busyUntil: now, sessionUntil: now, silentUntil: now, unflushedBytes: 0 });
};

/** One random fleet through the shipped functions, judged by what is really true of it. The same options give the same result. */
const simulate = async (options: WorldOptions): Promise<SimulationResult> => {
  const world = createWorld(options, judgeRequest);
  const { prepare } = createExecutioner(world);
  const { idle, reconcile, reports } = world.installation;
  const simulation: Simulation = {
    world,
    cycle: prepare('shut-down-idle', idle),
    reconcile: prepare('reconcile-instances', reconcile),
    record: {
      heartbeat: prepare('record-reports heartbeat', reports),
      inventory: prepare('record-reports inventory', reports),
      'command-result': prepare('record-reports command-result', reports),
    },
    judge: createChangeJudge(world),
    messages: [],
    nodeSteps: 0,
    terminations: 0,
    told: 0,
  };
  const { steps, size = 24 } = options;
  const { agents, random, violations, installation, reasons } = world;
  await greet(world);
  while (agents.size < size) await rent(world);
  for (; world.step < steps && violations.length < 20; world.step += 1) {
    world.now = world.step * STEP_SECONDS;
    const isCalm = options.isNeverCalm !== true && world.step >= steps - CALM_STEPS;
    simulation.terminations = passTime(simulation);
    if (!isCalm && agents.size < size && random.chance(0.1)) await rent(world);
    if (isCalm && world.weather !== CALM) await calmDown(world);
    await changeAround(world);
    await liveOneMinute(simulation);
    await runFunctions(simulation);
  }
  if (options.isNeverCalm !== true) await judgeRest(world);
  const events = new Map<string, number>();
  for (const { name, fields } of installation.publisher.published) {
    count(events, name);
    const { reason } = fields;
    if (name === 'NodeDrainCancelled' && typeof reason === 'string') reasons.add(reason);
  }
  return {
    violations,
    nodeSteps: simulation.nodeSteps,
    terminations: simulation.terminations,
    matured: events.get('NodeWouldBeTerminated') ?? 0,
    reasons: [...reasons],
    calls: [...world.calls],
    faults: [...world.faults],
    crashes: [...world.crashes],
    events: [...events],
  };
};

export type { SimulationResult };
export { simulate };
