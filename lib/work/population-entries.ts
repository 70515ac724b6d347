import { classOf } from './class-of.ts';
import type { Population, PopulationLimit } from './population.ts';
import type { MixEntry, WorkConfig } from './work-config.ts';
import type { WorkClass } from './work-item.ts';
import type { WorkTally } from './work-tally.ts';

/** One entry of a mix while a cycle decides about it. */
interface Entry {
  readonly campaignId: string;
  readonly template: string;
  readonly jobType: string;
  readonly class: WorkClass;
  readonly mix: MixEntry;
  /** Of all work, as a fraction: the entitlement of its campaign times its part of the mix. */
  readonly share: number;
  readonly waiting: number;
  readonly running: number;
  readonly madeAt: string | undefined;
  /** Why nothing of it can be made; undefined: it can. */
  readonly blockedBy: PopulationLimit | undefined;
  /** So many more its limits allow, and which of them it is. */
  room: number;
  roomLimit: PopulationLimit | undefined;
  carry: number;
  made: number;
  needed: number;
}

interface EntryFacts {
  readonly config: WorkConfig;
  readonly entitlements: Readonly<Record<string, number>>;
  /** Absent: the depth is not known. */
  readonly tally: WorkTally | undefined;
  /** By template: live nodes that can take a job of it; absent: not known. */
  readonly ableNodes: ReadonlyMap<string, number> | undefined;
  readonly isHeld: (campaignId: string) => boolean;
  /** Why nothing at all is made. */
  readonly stoppedBy: PopulationLimit | undefined;
}

const keyOf = (campaignId: string, template: string): string => JSON.stringify([campaignId, template]);

const openByEntry = (tally: WorkTally | undefined) => {
  const open = new Map<string, { waiting: number; running: number }>();
  for (const { campaignId, template, waiting, running } of tally?.rows ?? []) {
    if (campaignId === undefined) continue;
    const key = keyOf(campaignId, template);
    const before = open.get(key) ?? { waiting: 0, running: 0 };
    open.set(key, { waiting: before.waiting + waiting, running: before.running + running });
  }
  return open;
};

const memoryByEntry = (before: Population | undefined) =>
  new Map(
    (before?.campaigns ?? []).flatMap(({ campaignId, entries }) =>
      entries.map(({ template, carry, madeAt }) => [keyOf(campaignId, template), { carry, madeAt }] as const),
    ),
  );

/** Every entry of every mix, in the order of the configuration: what is open of it, and what keeps it from being made. */
const makeEntries = (facts: EntryFacts, before: Population | undefined): Entry[] => {
  const { config, entitlements, tally, ableNodes, isHeld, stoppedBy } = facts;
  const open = openByEntry(tally);
  const memory = memoryByEntry(before);
  return Object.entries(config.campaigns).flatMap(([campaignId, { mix }]) => {
    const sum = mix.reduce((shares, { share }) => shares + share, 0);
    const isCampaignHeld = isHeld(campaignId);
    return mix.flatMap((entry): Entry[] => {
      const template = config.templates[entry.template];
      // The configuration was checked as a whole: every template of a mix is there.
      if (template === undefined) return [];
      const key = keyOf(campaignId, entry.template);
      const { waiting, running } = open.get(key) ?? { waiting: 0, running: 0 };
      const isAble = ableNodes === undefined || (ableNodes.get(entry.template) ?? 0) > 0;
      const ownBlock = isCampaignHeld ? 'campaign-held' : isAble ? undefined : 'no-live-node';
      const { maximum } = entry;
      return [
        {
          campaignId,
          template: entry.template,
          jobType: template.jobType,
          class: classOf(template.requires),
          mix: entry,
          share: ((entitlements[campaignId] ?? 0) * entry.share) / sum,
          waiting,
          running,
          madeAt: memory.get(key)?.madeAt,
          blockedBy: stoppedBy ?? ownBlock,
          room: maximum === undefined ? Number.POSITIVE_INFINITY : Math.max(0, maximum - waiting - running),
          roomLimit: maximum === undefined ? undefined : 'entry-maximum',
          carry: memory.get(key)?.carry ?? 0,
          made: 0,
          needed: 0,
        },
      ];
    });
  });
};

/**
 * Divides the room that a limit of a whole job type leaves: to who has the least of it for its share, and of equals to who had none for
 * longest. A limit over all campaigns left 7 of 12 with nothing in the replaced system (events 5-9).
 */
const limitByJobType = (entries: readonly Entry[], { jobTypes = {} }: WorkConfig, most: number): void => {
  for (const [jobType, { maximum }] of Object.entries(jobTypes)) {
    const own = entries.filter((entry) => entry.jobType === jobType);
    const open = own.reduce((sum, { waiting, running }) => sum + waiting + running, 0);
    const rows = own
      .filter(({ blockedBy, room }) => blockedBy === undefined && room > 0)
      .sort((a, b) => (a.madeAt ?? '').localeCompare(b.madeAt ?? ''))
      .map((entry) => ({ entry, given: 0 }));
    const fullness = ({ entry, given }: (typeof rows)[number]): number =>
      given >= entry.room ? Number.POSITIVE_INFINITY : (entry.waiting + entry.running + given) / entry.share;
    for (let left = Math.min(most, Math.max(0, maximum - open)); left > 0; left -= 1) {
      const [first, ...others] = rows;
      if (first === undefined) break;
      const next = others.reduce((best, row) => (fullness(row) < fullness(best) ? row : best), first);
      if (fullness(next) === Number.POSITIVE_INFINITY) break;
      next.given += 1;
    }
    for (const { entry, given } of rows)
      if (given < entry.room) {
        entry.room = given;
        entry.roomLimit = 'job-type-maximum';
      }
  }
};

export type { Entry, EntryFacts };
export { limitByJobType, makeEntries };
