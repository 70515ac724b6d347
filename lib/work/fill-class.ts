import { secondsSince } from '../time.ts';
import type { Entry } from './population-entries.ts';
import { splitByShare } from './split-by-share.ts';

/** A campaign while a cycle decides, over all classes. */
interface CampaignAccount {
  /** Jobs that wait or run, those of this cycle included. */
  open: number;
  /** So many more its maximum allows. */
  left: number;
  /** Its minimum. */
  readonly minimum: number;
  /** When something was last made for it, before this cycle. */
  readonly madeAt: string | undefined;
}

/** The entries of one campaign that are of one class, and may be made. */
interface CampaignPart {
  readonly campaignId: string;
  readonly entries: readonly Entry[];
  readonly account: CampaignAccount;
  carry: number;
}

/** So many more may be made in this cycle, of all classes. */
interface CycleRoom {
  left: number;
}

interface ClassFill {
  /** So many jobs of campaigns should wait. */
  readonly target: number;
  /** Backpressure says `slow`: who has nothing at all gets one, whatever the target says. */
  readonly isSlow: boolean;
  readonly now: Date;
}

/** A campaign that has nothing, and got nothing for so long, goes first, whatever its share: no share is so small that it waits longer. */
const HUNGRY_SECONDS = 3600;

const sumOf = <Item>(items: readonly Item[], numberOf: (item: Item) => number): number =>
  items.reduce((sum, item) => sum + numberOf(item), 0);

const make = (entry: Entry, { account }: CampaignPart, cycle: CycleRoom, count: number): number => {
  const made = Math.max(0, Math.min(count, entry.room, account.left, cycle.left));
  entry.made += made;
  entry.room -= made;
  account.left -= made;
  account.open += made;
  cycle.left -= made;
  return made;
};

/** What a person asked to have open at least, of the entry and of the campaign: before all shares. */
const makeMinima = (part: CampaignPart, cycle: CycleRoom): void => {
  for (const entry of part.entries)
    make(entry, part, cycle, (entry.mix.minimum ?? 0) - entry.waiting - entry.running);
  const missing = part.account.minimum - part.account.open;
  if (missing <= 0) return;
  const claims = part.entries.map(({ template: key, share, room: limit }) => ({
    key,
    share,
    carry: 0,
    limit,
  }));
  for (const [index, { count }] of splitByShare(missing, claims).entries()) {
    const entry = part.entries[index];
    if (entry !== undefined) make(entry, part, cycle, count);
  }
};

/** One job of the entry that is due most. */
const makeOne = (part: CampaignPart, cycle: CycleRoom): number => {
  const [first, ...others] = part.entries.filter(({ room }) => room > 0);
  if (first === undefined) return 0;
  const sum = sumOf(part.entries, ({ share }) => share);
  const due = ({ carry, share }: Entry): number => carry + share / sum;
  const entry = others.reduce((best, other) => (due(other) > due(best) ? other : best), first);
  const made = make(entry, part, cycle, 1);
  for (const each of part.entries) each.carry += (made * each.share) / sum;
  entry.carry -= made;
  part.carry -= made;
  return made;
};

/** At `slow`, everybody who has nothing; else those who had nothing made for an hour, the longest first, up to half of the need. */
const makeForHungry = (
  parts: readonly CampaignPart[],
  need: number,
  { isSlow, target, now }: ClassFill,
  cycle: CycleRoom,
): number => {
  const hungry = parts
    .filter(({ account: { open, madeAt } }) => {
      const isLate = madeAt === undefined || secondsSince(madeAt, now) >= HUNGRY_SECONDS;
      return open === 0 && (isSlow || isLate);
    })
    .sort((a, b) => (a.account.madeAt ?? '').localeCompare(b.account.madeAt ?? ''));
  const most = isSlow ? Math.max(1, target) : Math.ceil(need / 2);
  return sumOf(hungry.slice(0, most), (part) => makeOne(part, cycle));
};

/** What others cannot run does not fill their part: nobody has more waiting than its own part of the depth. */
const ownLimit = ({ waiting, made, room }: Entry, target: number): number =>
  Math.max(0, Math.min(room, Math.ceil(target) - waiting - made));

const fillPart = (part: CampaignPart, count: number, target: number, cycle: CycleRoom): void => {
  const sum = sumOf(part.entries, ({ share }) => share);
  const claims = part.entries.map((entry) => ({
    key: entry.template,
    share: entry.share,
    carry: entry.carry,
    limit: ownLimit(entry, (target * entry.share) / sum),
  }));
  for (const [index, { count: entryCount, carry }] of splitByShare(count, claims).entries()) {
    const entry = part.entries[index];
    if (entry === undefined) continue;
    make(entry, part, cycle, entryCount);
    entry.carry = carry;
  }
};

/** A part with its share of everything, and of the depth. */
const sizePart = (part: CampaignPart, perShare: number) => {
  const share = sumOf(part.entries, (entry) => entry.share);
  return {
    part,
    share,
    target: share * perShare,
    /** What waits beyond an entry's own part of the depth counts not: it takes nothing from the others. */
    waiting: (): number =>
      sumOf(part.entries, (entry) => Math.min(entry.waiting + entry.made, Math.ceil(entry.share * perShare))),
    limit: (): number =>
      Math.min(
        part.account.left,
        sumOf(part.entries, (entry) => ownLimit(entry, entry.share * perShare)),
      ),
  };
};

/**
 * Decides how many jobs of one class are made, and writes it into the entries. First what a person asked for, then who was left out,
 * then everybody by share, each up to its own part of the depth.
 */
const fillClass = (parts: readonly CampaignPart[], fill: ClassFill, cycle: CycleRoom): void => {
  const perShare = fill.target / sumOf(parts, ({ entries }) => sumOf(entries, ({ share }) => share));
  const sized = parts.map((part) => sizePart(part, perShare));
  for (const part of parts) makeMinima(part, cycle);
  const waiting = sumOf(sized, (one) => Math.min(one.waiting(), Math.ceil(one.target)));
  const need = Math.min(cycle.left, Math.max(0, fill.target - waiting));
  const left = Math.max(0, need - makeForHungry(parts, need, fill, cycle));
  if (left === 0) return;
  const claims = sized.map((one) => ({
    key: one.part.campaignId,
    share: one.share,
    carry: one.part.carry,
    limit: Math.min(one.limit(), Math.max(0, Math.ceil(one.target) - one.waiting())),
  }));
  for (const [index, { count, carry }] of splitByShare(left, claims).entries()) {
    const one = sized[index];
    if (one === undefined) continue;
    fillPart(one.part, count, one.target, cycle);
    one.part.carry = carry;
  }
};

export type { CampaignAccount, CampaignPart, ClassFill, CycleRoom };
export { fillClass };
