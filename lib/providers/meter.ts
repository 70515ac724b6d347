import * as z from 'zod';
import { nodeIdSchema } from '../ids.ts';
import { timestampSchema } from '../time.ts';

/** An amount as micro-dollars per hour × milliseconds, in digits: products of integers, so that no sum is ever rounded. */
const exactAmountSchema = z.string().regex(/^\d+$/);

/** What an instance costs and who uses it. A change of any of these ends a segment. */
const chargeSchema = z.object({
  /** Absent = the provider does not say. */
  microUsdPerHour: z.int().nonnegative().optional(),
  nodeId: nodeIdSchema.optional(),
  role: z.string().optional(),
});
type Charge = z.infer<typeof chargeSchema>;

/** The running meter of one instance: what it costs since when, and what is closed already of this day and month (UTC). */
const meterSchema = z.object({
  charge: chargeSchema,
  since: timestampSchema,
  closed: z.object({
    day: z.string(),
    dayAmount: exactAmountSchema,
    month: z.string(),
    monthAmount: exactAmountSchema,
  }),
});
type Meter = z.infer<typeof meterSchema>;

/** A closed stretch of time at one charge: the ledger of what was spent. */
const segmentSchema = z.object({
  provider: z.string(),
  instanceId: z.string(),
  startAt: timestampSchema,
  endAt: timestampSchema,
  charge: chargeSchema,
});
type Segment = z.infer<typeof segmentSchema>;

const MILLISECONDS_PER_HOUR = 3_600_000n;

/** `2026-11-23T…` → `2026-11-23`. */
const dayOf = (timestamp: string): string => timestamp.slice(0, 10);
const monthOf = (timestamp: string): string => timestamp.slice(0, 7);
const dayStart = (timestamp: string): string => `${dayOf(timestamp)}T00:00:00.000Z`;
const monthStart = (timestamp: string): string => `${monthOf(timestamp)}-01T00:00:00.000Z`;

/** The exact amount of a charge from `startAt` to `endAt`, of it only what lies between `from` and `to`. An unknown price counts 0: say so beside the sum. */
const amountBetween = (charge: Charge, startAt: string, endAt: string, from: string, to: string): bigint => {
  const start = startAt > from ? startAt : from;
  const end = endAt < to ? endAt : to;
  if (start >= end) return 0n;
  const milliseconds = new Date(end).getTime() - new Date(start).getTime();
  return BigInt(charge.microUsdPerHour ?? 0) * BigInt(milliseconds);
};

/** Whole micro-dollars of an exact amount, rounded half up once at the very end of a sum. */
const toMicroUsd = (amount: bigint): number =>
  Number((amount + MILLISECONDS_PER_HOUR / 2n) / MILLISECONDS_PER_HOUR);

const openMeter = (charge: Charge, since: string): Meter => ({
  charge,
  since,
  closed: { day: dayOf(since), dayAmount: '0', month: monthOf(since), monthAmount: '0' },
});

/** What the meter counts of the day of `now` and of its month, up to `now`. */
const meteredAt = ({ charge, since, closed }: Meter, now: string): { day: bigint; month: bigint } => ({
  day:
    (closed.day === dayOf(now) ? BigInt(closed.dayAmount) : 0n) +
    amountBetween(charge, since, now, dayStart(now), now),
  month:
    (closed.month === monthOf(now) ? BigInt(closed.monthAmount) : 0n) +
    amountBetween(charge, since, now, monthStart(now), now),
});

/** Ends the running stretch at `at` and starts another. The segment is undefined when there was no time or no charge. */
const turnMeter = (
  meter: Meter,
  owner: Pick<Segment, 'provider' | 'instanceId'>,
  charge: Charge,
  at: string,
): { meter: Meter; segment: Segment | undefined } => {
  const { day, month } = meteredAt(meter, at);
  return {
    meter: {
      charge,
      since: at,
      closed: { day: dayOf(at), dayAmount: String(day), month: monthOf(at), monthAmount: String(month) },
    },
    segment:
      meter.since < at && meter.charge.microUsdPerHour !== 0
        ? { ...owner, startAt: meter.since, endAt: at, charge: meter.charge }
        : undefined,
  };
};

const nextMonthStart = (timestamp: string): string => {
  const at = new Date(monthStart(timestamp));
  return new Date(Date.UTC(at.getUTCFullYear(), at.getUTCMonth() + 1)).toISOString();
};

/** The segment in pieces that each lie within one month (UTC). */
const splitByMonth = (segment: Segment): Segment[] => {
  const pieces: Segment[] = [];
  for (let startAt = segment.startAt; startAt < segment.endAt; ) {
    const monthEnd = nextMonthStart(startAt);
    const endAt = monthEnd < segment.endAt ? monthEnd : segment.endAt;
    pieces.push({ ...segment, startAt, endAt });
    startAt = endAt;
  }
  return pieces;
};

const isSameCharge = (one: Charge, other: Charge): boolean =>
  one.microUsdPerHour === other.microUsdPerHour && one.nodeId === other.nodeId && one.role === other.role;

export type { Charge, Meter, Segment };
export {
  amountBetween,
  dayOf,
  dayStart,
  isSameCharge,
  meteredAt,
  meterSchema,
  monthOf,
  monthStart,
  nextMonthStart,
  openMeter,
  segmentSchema,
  splitByMonth,
  toMicroUsd,
  turnMeter,
};
