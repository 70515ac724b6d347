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
const makeOne = (part: CampaignPart, cycle: CycleRoom): void => {
  const [first, ...others] = part.entries.filter(({ room }) => room > 0);
  if (first === undefined) return;
  const sum = sumOf(part.entries, ({ share }) => share);
  const due = ({ carry, share }: Entry): number => carry + share / sum;
  const entry = others.reduce((best, other) => (due(other) > due(best) ? other : best), first);
  const made = make(entry, part, cycle, 1);
  for (const each of part.entries) each.carry += (made * each.share) / sum;
  entry.carry -= made;
  part.carry -= made;
};

/** What is missing of an entry's own part of the depth, in whole jobs, and up to the next whole one. */
const missingOf = ({ waiting, made, room }: Entry, target: number) => {
  const open = waiting + made;
  return {
    whole: Math.max(0, Math.min(room, Math.floor(target) - open)),
    most: Math.max(0, Math.min(room, Math.ceil(target) - open)),
    /** What waits beyond the entry's own part counts not: what cannot be run takes nothing from the others. */
    counted: Math.min(open, Math.ceil(target)),
  };
};

/** A campaign with its own part of the depth, and what is missing of it. */
const sizePart = (part: CampaignPart, perShare: number) => {
  const share = sumOf(part.entries, (entry) => entry.share);
  const target = share * perShare;
  const missing = part.entries.map((entry) => missingOf(entry, entry.share * perShare));
  const counted = sumOf(missing, (one) => one.counted);
  const most = Math.min(
    part.account.left,
    sumOf(missing, (one) => one.most),
  );
  const wholes = sumOf(missing, (one) => one.whole);
  const whole = Math.min(most, Math.max(wholes, Math.floor(target) - counted));
  const rest = Math.max(0, Math.min(most, Math.ceil(target) - counted) - whole);
  return { part, target, counted, whole, rest };
};
type SizedPart = ReturnType<typeof sizePart>;

/**
 * At `slow`, everybody who has nothing; else those who had nothing made for an hour, the longest first, up to half of the need. Whose part
 * of the depth is whole jobs gets them anyway.
 */
const makeForHungry = (
  sized: readonly SizedPart[],
  need: number,
  { isSlow, target, now }: ClassFill,
  cycle: CycleRoom,
): void => {
  const hungry = sized
    .filter(({ whole, part: { account } }) => {
      const { open, madeAt } = account;
      const isLate = madeAt === undefined || secondsSince(madeAt, now) >= HUNGRY_SECONDS;
      return open === 0 && whole === 0 && (isSlow || isLate);
    })
    .map(({ part }) => part)
    .sort((a, b) => (a.account.madeAt ?? '').localeCompare(b.account.madeAt ?? ''));
  const most = isSlow ? Math.max(1, target) : Math.ceil(need / 2);
  for (const part of hungry.slice(0, most)) makeOne(part, cycle);
};

/** What is left of a number beyond its whole part; whole numbers keep a little, so that nobody's share is nothing. */
const fractionOf = (target: number): number => Math.max(1e-6, target - Math.floor(target));

/** Within a campaign: first what is missing in whole jobs, then by the largest remainder. */
const fillPart = (part: CampaignPart, count: number, perShare: number, cycle: CycleRoom): void => {
  const targets = part.entries.map((entry) => entry.share * perShare);
  const missing = part.entries.map((entry, index) => missingOf(entry, targets[index] ?? 0));
  const claim = (limitOf: (index: number) => number, carries: boolean) =>
    part.entries.map((entry, index) => ({
      key: entry.template,
      share: carries ? fractionOf(targets[index] ?? 0) : entry.share,
      carry: carries ? entry.carry : 0,
      limit: limitOf(index),
    }));
  let left = count;
  for (const [index, { count: whole }] of splitByShare(
    count,
    claim((at) => missing[at]?.whole ?? 0, false),
  ).entries()) {
    const entry = part.entries[index];
    if (entry !== undefined) left -= make(entry, part, cycle, whole);
  }
  if (left <= 0) return;
  const rests = claim((at) => (missing[at]?.most ?? 0) - (missing[at]?.whole ?? 0), true);
  for (const [index, { count: rest, carry }] of splitByShare(left, rests).entries()) {
    const entry = part.entries[index];
    if (entry === undefined) continue;
    make(entry, part, cycle, rest);
    entry.carry = carry;
  }
};

/** How many each campaign gets: what it is missing in whole jobs, and of the rest by the largest remainder, carried on. */
const splitAmong = (sized: readonly SizedPart[], count: number, rest: number): number[] => {
  const wholes = splitByShare(
    count,
    sized.map(({ part, target, whole }) => ({ key: part.campaignId, share: target, carry: 0, limit: whole })),
  );
  const given = sumOf(wholes, (one) => one.count);
  const left = Math.min(rest, count - given);
  if (left <= 0) return wholes.map((one) => one.count);
  const claims = sized.map((one) => ({
    key: one.part.campaignId,
    share: fractionOf(one.target),
    carry: one.part.carry,
    limit: one.rest,
  }));
  return splitByShare(left, claims).map((one, index) => {
    const part = sized[index]?.part;
    if (part !== undefined) part.carry = one.carry;
    return one.count + (wholes[index]?.count ?? 0);
  });
};

/**
 * Decides how many jobs of one class are made, and writes it into the entries. First what a person asked for, then who was left out,
 * then everybody by share: what is missing of its own part of the depth in whole jobs, and of what is left by the largest remainder.
 */
const fillClass = (parts: readonly CampaignPart[], fill: ClassFill, cycle: CycleRoom): void => {
  if (parts.length === 0) return;
  const perShare = fill.target / sumOf(parts, ({ entries }) => sumOf(entries, ({ share }) => share));
  const size = (): SizedPart[] => parts.map((part) => sizePart(part, perShare));
  const needOf = (sized: readonly SizedPart[]) => {
    const whole = sumOf(sized, (one) => one.whole);
    const covered = sumOf(sized, (one) => Math.min(one.counted + one.whole, Math.ceil(one.target)));
    const rest = Math.max(0, fill.target - covered);
    return { count: Math.min(cycle.left, whole + rest), rest };
  };
  for (const part of parts) makeMinima(part, cycle);
  const before = size();
  makeForHungry(before, needOf(before).count, fill, cycle);
  const sized = size();
  const { count, rest } = needOf(sized);
  if (count === 0) return;
  for (const [index, own] of splitAmong(sized, count, rest).entries()) {
    const part = parts[index];
    if (part !== undefined && own > 0) fillPart(part, own, perShare, cycle);
  }
};

export type { CampaignAccount, CampaignPart, ClassFill, CycleRoom };
export { fillClass };
