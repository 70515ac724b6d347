import type { HealthConfig } from '../health/health-policy.ts';
import { known, type Reading, unknown } from '../health/reading.ts';
import { decideHold } from '../holds/decide-hold.ts';
import type { HoldGate } from '../holds/hold-gate.ts';
import type { HoldStore } from '../holds/hold-store.ts';
import { listFleet } from '../nodes/list-fleet.ts';
import type { NodeStore } from '../nodes/node-store.ts';
import { addSeconds } from '../time.ts';
import type { CampaignStore } from './campaign.ts';
import { fullDiskPercentOf } from './disk-full.ts';
import type { PopulationStore } from './population.ts';
import type { PopulationFacts, QueueDepth, Stop } from './population-facts.ts';
import { drainWindowSeconds } from './target-depth.ts';
import { capacityOf, type WorkCapacity } from './work-capacity.ts';
import type { WorkConfig } from './work-config.ts';
import { resolveWorkPolicy } from './work-policy.ts';
import type { WorkStore } from './work-store.ts';
import type { WorkTallies } from './work-tally.ts';

/** What one cycle reads. */
interface PopulationReads {
  readonly campaigns: Pick<CampaignStore, 'list'>;
  readonly nodes: Pick<NodeStore, 'listByProvider'>;
  readonly work: Pick<WorkStore, 'countSince'>;
  readonly tallies: WorkTallies;
  readonly populations: Pick<PopulationStore, 'get'>;
  readonly holds: Pick<HoldStore, 'listLive'>;
  readonly gate: HoldGate;
  readonly warn: (message: string, error: unknown) => void;
}

/** What of the applied fleet.yaml decides about work. */
interface AppliedPolicies {
  readonly work: WorkConfig;
  readonly health: HealthConfig;
}

/** A failed reading is named, and kept for the alarm. */
const attempt = async <Value>(read: () => Promise<Value>, errors: unknown[]): Promise<Reading<Value>> => {
  try {
    return known(await read());
  } catch (error) {
    errors.push(error);
    return unknown(error instanceof Error ? error.message : String(error));
  }
};

const readDepth = async (
  { tallies, work }: PopulationReads,
  config: WorkConfig,
  now: Date,
): Promise<QueueDepth> => {
  const since = addSeconds(now, -drainWindowSeconds(resolveWorkPolicy(config)));
  const [tally, succeeded, failed] = await Promise.all([
    tallies.count(),
    work.countSince('succeeded', since),
    // It took a slot as long as it ran.
    work.countSince('failed', since),
  ]);
  const drained = {
    cpu: succeeded.cpu + failed.cpu,
    gpu: succeeded.gpu + failed.gpu,
    'gpu-large': succeeded['gpu-large'] + failed['gpu-large'],
  };
  return { tally, drained };
};

const readCapacity = async (
  { nodes, gate }: PopulationReads,
  { work, health }: AppliedPolicies,
  now: Date,
): Promise<WorkCapacity> => {
  const [active, brakes] = await Promise.all([listFleet(nodes, ['active']), gate.leaseBrakes()]);
  const fullDiskPercent = fullDiskPercentOf(health);
  return capacityOf(active, work, { policies: work.nodePolicies, ...brakes, fullDiskPercent, now });
};

/** A fleet that somebody froze or paused gets no new work. Holds that cannot be read stop nothing, as everywhere that work begins. */
const readBrake = async ({ gate }: PopulationReads): Promise<Stop | undefined> => {
  const [start, destroy] = await Promise.all([gate.mayStartWork(['fleet']), gate.mayDestroy(['fleet'])]);
  if (start.action === 'hold')
    return {
      limit: start.reason === 'pipeline-paused' ? 'pipeline-paused' : 'fleet-held',
      message: start.evidence.message,
    };
  return destroy.action === 'hold' && destroy.reason === 'held'
    ? { limit: 'fleet-held', message: destroy.evidence.message }
    : undefined;
};

const readHeld = async ({ holds, warn }: PopulationReads, now: Date): Promise<PopulationFacts['isHeld']> => {
  try {
    const live = await holds.listLive(now);
    return (campaignId) => decideHold(live, ['pause', 'stop'], [`campaign:${campaignId}`]).action === 'hold';
  } catch (error) {
    warn(
      'the holds of campaigns could not be read, so work is made for all: look at the control table',
      error,
    );
    return () => false;
  }
};

/** Everything that a cycle decides by. What could not be read is unknown in it, and its error is in `errors`. */
const loadPopulation = async (
  ports: PopulationReads,
  applied: AppliedPolicies,
  now: Date,
  errors: unknown[],
): Promise<PopulationFacts> => {
  const config = applied.work;
  const [states, depth, capacity, brake, isHeld, before] = await Promise.all([
    ports.campaigns.list(Object.keys(config.campaigns)),
    attempt(() => readDepth(ports, config, now), errors),
    attempt(() => readCapacity(ports, applied, now), errors),
    readBrake(ports),
    readHeld(ports, now),
    ports.populations.get(),
  ]);
  return { config, states, depth, capacity, brake, isHeld, before };
};

export type { AppliedPolicies, PopulationReads };
export { loadPopulation };
