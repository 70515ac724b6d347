import type { BackpressureDecision } from './decide-backpressure.ts';
import type { CampaignAccount } from './fill-class.ts';
import type {
  NextPopulation,
  PopulatedCampaign,
  PopulatedClass,
  PopulatedEntry,
  PopulationLimit,
} from './population.ts';
import type { Entry } from './population-entries.ts';
import type { PopulationFacts, Stop } from './population-facts.ts';
import { drainedPerHour } from './target-depth.ts';
import { type WorkClass, workClassSchema } from './work-item.ts';
import { resolveWorkPolicy } from './work-policy.ts';
import type { WorkCounts } from './work-store.ts';

/** Everything that a cycle came to. */
interface CycleOutcome {
  readonly backpressure: BackpressureDecision;
  readonly stop: Stop | undefined;
  readonly entitlements: Readonly<Record<string, number>>;
  readonly entries: readonly Entry[];
  readonly target: WorkCounts;
  readonly accounts: ReadonlyMap<string, CampaignAccount>;
  readonly carries: ReadonlyMap<string, Partial<Record<WorkClass, number>>>;
  /** What ended the cycle before everybody had their part; undefined: nothing did. */
  readonly fullBy: 'queue-full' | 'cycle-full' | undefined;
  readonly at: string;
}

/** Numbers that are kept for a minute need no fifteen digits. */
const round = (value: number): number => Number(value.toFixed(4));

const limitOf = (entry: Entry, { backpressure, accounts, fullBy }: CycleOutcome): PopulationLimit => {
  if (entry.blockedBy !== undefined) return entry.blockedBy;
  if (entry.made >= entry.needed) return 'nothing';
  if (entry.room === 0 && entry.roomLimit !== undefined) return entry.roomLimit;
  if (accounts.get(entry.campaignId)?.left === 0) return 'campaign-maximum';
  if (fullBy !== undefined) return fullBy;
  return backpressure.action === 'slow' ? 'backpressure-slow' : 'turn-of-others';
};

const describeEntry = (entry: Entry, outcome: CycleOutcome): PopulatedEntry => {
  const { template, jobType, class: workClass, waiting, running, needed, made, carry } = entry;
  const madeAt = made > 0 ? outcome.at : entry.madeAt;
  return {
    template,
    jobType,
    class: workClass,
    waiting,
    running,
    needed,
    made,
    limitedBy: limitOf(entry, outcome),
    carry: round(carry),
    ...(madeAt !== undefined && { madeAt }),
  };
};

const describeCampaigns = (outcome: CycleOutcome): PopulatedCampaign[] => {
  const { entries, entitlements, accounts, carries, at } = outcome;
  const byCampaign = Map.groupBy(entries, ({ campaignId }) => campaignId);
  return [...byCampaign].map(([campaignId, own]) => {
    const isMade = own.some(({ made }) => made > 0);
    const madeAt = isMade ? at : accounts.get(campaignId)?.madeAt;
    return {
      campaignId,
      entitlement: round(entitlements[campaignId] ?? 0),
      carry: Object.fromEntries(
        Object.entries(carries.get(campaignId) ?? {}).map(([workClass, carry]) => [workClass, round(carry)]),
      ),
      ...(madeAt !== undefined && { madeAt }),
      entries: own.map((entry) => describeEntry(entry, outcome)),
    };
  });
};

const describeClasses = (facts: PopulationFacts, outcome: CycleOutcome): PopulatedClass[] => {
  const { config, depth, capacity, before } = facts;
  if (!depth.known || !capacity.known) return [];
  const policy = resolveWorkPolicy(config);
  return workClassSchema.options.map((workClass) => {
    const own = outcome.entries.filter((entry) => entry.class === workClass);
    const { nodes, freeSlots } = capacity.value.classes[workClass];
    const waiting = depth.value.tally.pending[workClass];
    const made = own.reduce((sum, entry) => sum + entry.made, 0);
    // A fleet that a person (or backpressure) stopped is idle because it shall be.
    const isStarved =
      outcome.stop === undefined && own.length > 0 && freeSlots > 0 && waiting === 0 && made === 0;
    const since = before?.classes.find((known) => known.class === workClass)?.starvedSince ?? outcome.at;
    return {
      class: workClass,
      nodes,
      freeSlots,
      waiting,
      drainedPerHour: round(drainedPerHour(depth.value.drained[workClass], policy)),
      target: outcome.target[workClass],
      made,
      ...(isStarved && { starvedSince: since }),
    };
  });
};

/** What a cycle did and why, for people and for the next cycle. Pure. */
const describePopulation = (facts: PopulationFacts, outcome: CycleOutcome): NextPopulation => ({
  at: outcome.at,
  ...(outcome.stop && { stoppedBy: outcome.stop }),
  level: outcome.backpressure.action,
  readings: [...outcome.backpressure.evidence],
  classes: describeClasses(facts, outcome),
  campaigns: describeCampaigns(outcome),
});

export type { CycleOutcome };
export { describePopulation };
