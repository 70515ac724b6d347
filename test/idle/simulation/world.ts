import type { IdleConfig } from '../../../lib/idle/idle-settings.ts';
import { at, makeNode } from '../../nodes/fixtures.ts';
import { makeInstance } from '../../providers/fixtures.ts';
import { type Counts, count, type Fault } from './faults.ts';
import { type Around, createInstallation, type Installation, type Sabotage } from './installation.ts';
import { createRandom, type Random } from './random.ts';
import type { SimulatedAgent } from './simulated-agent.ts';
import { createSimulatedProvider, type SimulatedProvider } from './simulated-provider.ts';
import { ROUGH, type Weather } from './weather.ts';

interface WorldOptions {
  readonly seed: number;
  /** Of one minute each; the last hour is calm, so that whatever is idle must end. */
  readonly steps: number;
  readonly size?: number;
  readonly weather?: Partial<Weather>;
  readonly idle?: Partial<IdleConfig>;
  readonly sabotage?: Sabotage;
  /** No calm hour at the end. */
  readonly isNeverCalm?: boolean;
}

/** A request to the provider to end an instance. */
interface EndRequest {
  readonly at: number;
  readonly step: number;
  outcome?: string;
}

/** One fleet with everything around it: what is true, beside what the control plane knows. */
interface World {
  readonly seed: number;
  readonly random: Random;
  readonly around: Around;
  /** To which the mode comes back when somebody changed it. */
  readonly usualMode: 'observe' | 'enforce' | 'off';
  readonly faults: Counts<Fault>;
  readonly crashes: Counts<string>;
  /** Every call that a function made to the outside. */
  readonly calls: Set<string>;
  readonly reasons: Set<string>;
  readonly violations: string[];
  readonly agents: Map<string, SimulatedAgent>;
  readonly agentOf: Map<string, SimulatedAgent>;
  readonly requests: Map<string, EndRequest[]>;
  /** When a person last forced the end of an instance: its next request is due then. */
  readonly forcedAt: Map<string, number>;
  /** Instances that ended, whoever wanted it. */
  readonly ended: Set<string>;
  /** What freezes, until when. */
  readonly frozen: Map<string, number>;
  /** Steps in which a cycle died, or a call of it failed: what it had asked for may not be noted. */
  readonly brokenSteps: Set<number>;
  /** The last two complete listings that `reconcile-instances` saw, the latest first. */
  listings: readonly ReadonlySet<string>[];
  listedAt: number;
  readonly provider: SimulatedProvider;
  readonly installation: Installation;
  weather: Weather;
  now: number;
  step: number;
  rents: number;
}

const randomConfig = (random: Random): IdleConfig => ({
  mode: 'enforce',
  idleThresholdSeconds: random.pick([180, 600, 1200]),
  minimumSamples: random.pick([2, 5, 12]),
  bootGraceSeconds: random.pick([0, 300, 900]),
  zombieSeconds: 300,
  minimumSavingUsdPerHour: '0.1',
  retain: random.pick([0, 1, 2]),
  roles: { trainer: { exempt: random.chance(0.3) } },
  drainPeriodSeconds: random.pick([0, 60, 180]),
  acknowledgeSeconds: random.pick([300, 900]),
  terminationGapSeconds: random.pick([0, 60, 300]),
  dailyTerminationPercent: random.pick([20, 50, 100]),
  dailyTerminationMinimum: random.pick([2, 10, 20]),
});

const violate = (world: World, what: string, instanceId = ''): void => {
  const { seed, now, violations } = world;
  if (violations.length < 20) violations.push(`seed ${seed}, second ${now}, ${instanceId}: ${what}`);
};

/** @param onTerminate judges each request to the provider before it has any effect */
const createWorld = (
  { seed, weather, idle, sabotage = {} }: WorldOptions,
  onTerminate: (world: World, instanceId: string) => Promise<(outcome: string) => void>,
): World => {
  const random = createRandom(seed);
  const faults: Counts<Fault> = new Map();
  const reasons = new Set<string>();
  const around: Around = {
    idle: { ...randomConfig(random), ...idle },
    configDigest: 'data-0',
    brake: 'off',
    unreadable: new Set(),
    pendingWork: 0,
  };
  const provider = createSimulatedProvider({
    key: random.pick(['vast', 'runpod', 'lambda-labs']),
    random,
    faults,
    likely: () => ({ list: world.weather.listFault, terminate: world.weather.terminateFault }),
    now: () => world.now,
    takeTime: (seconds) => {
      world.now += seconds;
    },
    onTerminate: (instanceId) => onTerminate(world, instanceId),
  });
  const installation = createInstallation({
    around,
    now: () => world.now,
    random,
    provider,
    onListing: (instanceIds) => {
      world.listings = [instanceIds, ...world.listings.slice(0, 1)];
      world.listedAt = world.now;
    },
    onWorkRead: () => reasons.add('work-not-read'),
    sabotage,
  });
  const world: World = {
    seed,
    random,
    around,
    usualMode: around.idle.mode ?? 'enforce',
    faults,
    crashes: new Map(),
    calls: new Set(),
    reasons,
    violations: [],
    agents: new Map(),
    agentOf: new Map(),
    requests: new Map(),
    forcedAt: new Map(),
    ended: new Set(),
    frozen: new Map(),
    brokenSteps: new Set(),
    listings: [],
    listedAt: -86_400,
    provider,
    installation,
    weather: { ...ROUGH, ...weather },
    now: 0,
    step: 0,
    rents: 0,
  };
  return world;
};

/** Somebody rents a node: an instance, an enrolled node, an agent. */
const rent = async (world: World): Promise<void> => {
  const { installation, provider, random, weather, now } = world;
  world.rents += 1;
  const index = world.seed * 10_000 + world.rents;
  const nodeId = `n-${index.toString(16).padStart(12, '0')}`;
  const instanceId = `i-${index}`;
  const isOdd = random.chance(weather.oddPrice);
  const charge = isOdd ? random.pick([undefined, 0, 99_999]) : random.whole(100_000, 4_000_000);
  const isElsewhere = random.chance(weather.elsewhere);
  const hasAddress = isElsewhere || random.chance(0.5);
  const instance = makeInstance(instanceId, {
    provider: provider.key,
    gpuType: random.pick(['H100', 'A100']),
    chargeMicroUsdPerHour: charge,
    status: random.chance(weather.booting) ? 'booting' : 'running',
    ...(hasAddress ? { address: isElsewhere ? '192.0.2.9' : '192.0.2.1' } : {}),
    ...(random.chance(weather.locked) ? { locked: true } : {}),
  });
  provider.rented.set(instanceId, { instance });
  await installation.nodes.create(
    makeNode({
      nodeId,
      instanceId,
      provider: provider.key,
      role: random.pick(['worker', 'worker', 'worker', 'trainer']),
      capabilities: { ...makeNode().capabilities, gpuCount: 2 },
      enrolledAt: at(now).toISOString(),
      queueName: `queue-${nodeId}`,
      sourceAddress: '192.0.2.1',
    }),
  );
  const aheadSeconds = random.chance(0.1) ? random.pick([-25, -10, 10, 25]) : 0;
  if (aheadSeconds !== 0) count(world.faults, 'clock-skew');
  const agent: SimulatedAgent = {
    nodeId,
    instanceId,
    bornSeconds: now,
    bootId: 'boot-1',
    seq: 0,
    files: [],
    unclaimed: 0,
    unflushedBytes: 0,
    unsettled: 0,
    busyUntil: now + random.pick([0, 0, 600, 3600]),
    sessionFrom: 0,
    sessionUntil: 0,
    usedAt: now,
    usedBefore: now,
    heardAt: now,
    silentUntil: 0,
    knownEpoch: 0,
    inventoryAt: -9999,
    pendingTransfers: 0,
    probeBusyUntil: 0,
    cpuBusyUntil: 0,
    commandUntil: 0,
    aheadSeconds,
    isElsewhere,
    isRevoked: false,
    unsafeByDigest: new Map(),
    inbox: [],
  };
  world.agents.set(instanceId, agent);
  world.agentOf.set(nodeId, agent);
};

export type { EndRequest, World, WorldOptions };
export { createWorld, rent, violate };
