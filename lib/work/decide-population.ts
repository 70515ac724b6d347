import { toTimestamp } from '../time.ts';
import { entitlements } from './campaign-shares.ts';
import { type BackpressureDecision, decideBackpressure } from './decide-backpressure.ts';
import { describePopulation } from './describe-population.ts';
import { type CampaignAccount, type CampaignPart, type CycleRoom, fillClass } from './fill-class.ts';
import type { NextPopulation, PopulationLimit } from './population.ts';
import { type Entry, limitByJobType, makeEntries } from './population-entries.ts';
import type { PopulationFacts, Stop } from './population-facts.ts';
import { targetDepth } from './target-depth.ts';
import { type WorkClass, workClassSchema } from './work-item.ts';
import { resolveWorkPolicy, type WorkPolicy } from './work-policy.ts';
import type { WorkCounts } from './work-store.ts';
import type { WorkTally } from './work-tally.ts';

/** So many jobs of one template for one campaign. */
interface PopulationRequest {
  readonly campaignId: string;
  readonly template: string;
  readonly count: number;
}

interface PopulationDecision {
  readonly action: 'make' | 'nothing';
  /** What keeps everything from being made; `nothing` when nothing does: then each entry has its own. */
  readonly reason: PopulationLimit;
  readonly evidence: NextPopulation;
  readonly requests: readonly PopulationRequest[];
}

type Carries = Map<string, Partial<Record<WorkClass, number>>>;

/** What a function can write and announce within its minute. */
const MAX_PER_CYCLE = 1000;
/** At `slow`, so that a `stop` would take effect within a quarter of the horizon. */
const SLOW_PART = 0.25;
const NOTHING: WorkCounts = { cpu: 0, gpu: 0, 'gpu-large': 0 };

const sumOf = (counts: WorkCounts): number => counts.cpu + counts.gpu + counts['gpu-large'];

const backpressureOf = (
  { depth, capacity, before }: PopulationFacts,
  policy: WorkPolicy,
): BackpressureDecision => {
  const tally = depth.known ? depth.value.tally : undefined;
  const training = tally?.rows.filter(({ jobType }) => jobType === 'training');
  return decideBackpressure(
    {
      waiting: tally && sumOf(tally.pending),
      trainingWaiting: training?.reduce((sum, { waiting }) => sum + waiting, 0),
      unsynced: capacity.known ? capacity.value.unsynced : undefined,
      disks: capacity.known ? capacity.value.disks : undefined,
    },
    before?.readings ?? [],
    policy,
  );
};

const stopOf = (
  { brake, depth, capacity }: PopulationFacts,
  { action, evidence }: BackpressureDecision,
): Stop | undefined => {
  if (brake !== undefined) return brake;
  if (!depth.known)
    return { limit: 'depth-unknown', message: `it is not known how much waits: ${depth.why}` };
  if (!capacity.known)
    return { limit: 'capacity-unknown', message: `it is not known what nodes can take: ${capacity.why}` };
  if (action !== 'stop') return undefined;
  const messages = evidence.filter(({ level }) => level === 'stop').map(({ message }) => message);
  return { limit: 'backpressure-stop', message: messages.join('; ') };
};

const depthOf = (
  entries: readonly Entry[],
  { depth, capacity }: PopulationFacts,
  policy: WorkPolicy,
): WorkCounts => {
  if (!depth.known || !capacity.known) return NOTHING;
  const { cpu, gpu, 'gpu-large': large } = capacity.value.classes;
  const freeSlots = { cpu: cpu.freeSlots, gpu: gpu.freeSlots, 'gpu-large': large.freeSlots };
  const able = entries.filter(({ blockedBy }) => blockedBy !== 'no-live-node');
  const wanted = new Set(able.map((entry) => entry.class));
  return targetDepth({ drained: depth.value.drained, freeSlots, wanted }, policy);
};

/** What of its share of the depth is missing: what it would get if nothing limited it. */
const setNeeds = (entries: readonly Entry[], target: WorkCounts): void => {
  for (const workClass of workClassSchema.options) {
    const own = entries.filter((entry) => entry.class === workClass);
    const able = own.filter(({ blockedBy }) => blockedBy === undefined);
    const shares = (able.length === 0 ? own : able).reduce((sum, { share }) => sum + share, 0);
    for (const entry of own) {
      const due = Math.round((target[workClass] * entry.share) / shares);
      const minimum = (entry.mix.minimum ?? 0) - entry.running;
      entry.needed = Math.max(0, Math.max(minimum, due) - entry.waiting);
    }
  }
};

const makeAccounts = (
  { config, before }: PopulationFacts,
  tally: WorkTally | undefined,
): Map<string, CampaignAccount> => {
  const open = new Map<string, number>();
  for (const { campaignId, waiting, running } of tally?.rows ?? [])
    if (campaignId !== undefined) open.set(campaignId, (open.get(campaignId) ?? 0) + waiting + running);
  const madeAt = new Map(before?.campaigns.map((campaign) => [campaign.campaignId, campaign.madeAt]));
  return new Map(
    Object.entries(config.campaigns).map(([campaignId, { minimum = 0, maximum }]) => {
      const own = open.get(campaignId) ?? 0;
      const left = maximum === undefined ? Number.POSITIVE_INFINITY : Math.max(0, maximum - own);
      return [campaignId, { open: own, left, minimum, madeAt: madeAt.get(campaignId) }];
    }),
  );
};

/** The campaigns of which something of the class can be made. */
const partsOf = (
  entries: readonly Entry[],
  workClass: WorkClass,
  accounts: ReadonlyMap<string, CampaignAccount>,
  carries: Carries,
): CampaignPart[] => {
  const able = entries.filter((entry) => entry.class === workClass && entry.blockedBy === undefined);
  return [...Map.groupBy(able, ({ campaignId }) => campaignId)].flatMap(([campaignId, own]) => {
    const account = accounts.get(campaignId);
    const carry = carries.get(campaignId)?.[workClass] ?? 0;
    return account === undefined ? [] : [{ campaignId, entries: own, account, carry }];
  });
};

/** Class by class; writes into the entries what is made. Answers what everybody is due next time. */
const fillClasses = (
  entries: readonly Entry[],
  { before }: PopulationFacts,
  fill: { readonly target: WorkCounts; readonly isSlow: boolean; readonly now: Date },
  accounts: ReadonlyMap<string, CampaignAccount>,
  cycle: CycleRoom,
): Carries => {
  const carries: Carries = new Map(before?.campaigns.map(({ campaignId, carry }) => [campaignId, carry]));
  for (const workClass of workClassSchema.options) {
    const whole = fill.target[workClass];
    const target = fill.isSlow ? Math.ceil(whole * SLOW_PART) : whole;
    const parts = partsOf(entries, workClass, accounts, carries);
    fillClass(parts, { target, isSlow: fill.isSlow, now: fill.now }, cycle);
    for (const { campaignId, carry } of parts)
      carries.set(campaignId, { ...carries.get(campaignId), [workClass]: carry });
  }
  return carries;
};

/**
 * How much work is made now, and for whom: as much as should wait and does not, in fair shares, for nodes that can take it, as far as
 * what was made before was used up. What is not known makes nothing, and is named. Pure.
 */
const decidePopulation = (facts: PopulationFacts, now: Date): PopulationDecision => {
  const { config, depth, capacity, before } = facts;
  const policy = resolveWorkPolicy(config);
  const tally = depth.known ? depth.value.tally : undefined;
  const backpressure = backpressureOf(facts, policy);
  const stop = stopOf(facts, backpressure);
  const shares = entitlements(config.campaigns, facts.states, now);
  const ableNodes = capacity.known ? capacity.value.templates : undefined;
  const { isHeld } = facts;
  const entries = makeEntries(
    { config, entitlements: shares, tally, ableNodes, isHeld, stoppedBy: stop?.limit },
    before,
  );
  limitByJobType(entries, config, MAX_PER_CYCLE);
  const target = depthOf(entries, facts, policy);
  setNeeds(entries, target);
  const accounts = makeAccounts(facts, tally);
  const hardRoom = Math.max(0, policy.maximumDepth - sumOf(tally?.pending ?? NOTHING));
  const cycle = { left: Math.min(MAX_PER_CYCLE, hardRoom) };
  const isSlow = backpressure.action === 'slow';
  const carries = fillClasses(entries, facts, { target, isSlow, now }, accounts, cycle);
  const fullBy = hardRoom <= MAX_PER_CYCLE ? 'queue-full' : 'cycle-full';
  const evidence = describePopulation(facts, {
    backpressure,
    stop,
    entitlements: shares,
    entries,
    target,
    accounts,
    carries,
    fullBy: cycle.left === 0 ? fullBy : undefined,
    at: toTimestamp(now),
  });
  const requests = entries
    .filter(({ made }) => made > 0)
    .map(({ campaignId, template, made: count }) => ({ campaignId, template, count }));
  return {
    action: requests.length > 0 ? 'make' : 'nothing',
    reason: stop?.limit ?? 'nothing',
    evidence,
    requests,
  };
};

export type { PopulationDecision, PopulationRequest };
export { decidePopulation };
