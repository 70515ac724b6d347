import type { SimInstance } from './instance.ts';

type Meter = SimInstance['meter'];

const MS_PER_HOUR = 3_600_000n;
const MICRO_USD_PER_CENT = 10_000;

const sessionOf = ({ microUsdPerHour, sinceMs }: Meter, atMs: number, incrementMs: number): bigint => {
  const elapsed = Math.max(0, Math.round(atMs - sinceMs));
  const billed = incrementMs === 0 ? elapsed : Math.ceil(elapsed / incrementMs) * incrementMs;
  return BigInt(microUsdPerHour) * BigInt(billed);
};

const newMeter = (atMs: number): Meter => ({ microUsdPerHour: 0, sinceMs: atMs, closed: '0' });

/** Bills at another rate from `atMs` on. A session at an unchanged rate goes on: it is rounded up once, at its end. */
const setRate = (meter: Meter, microUsdPerHour: number, atMs: number, incrementMs: number): Meter =>
  microUsdPerHour === meter.microUsdPerHour
    ? meter
    : {
        microUsdPerHour,
        sinceMs: atMs,
        closed: String(BigInt(meter.closed) + sessionOf(meter, atMs, incrementMs)),
      };

/** What was billed until `atMs`, in micro-dollars times milliseconds: exact, so that sums stay exact. */
const readMeter = (meter: Meter, atMs: number, incrementMs: number): bigint =>
  BigInt(meter.closed) + sessionOf(meter, atMs, incrementMs);

/** Whole micro-dollars, rounded half up. */
const toMicroUsd = (exact: bigint): number => Number((exact + MS_PER_HOUR / 2n) / MS_PER_HOUR);

/** As on an invoice. */
const toCents = (microUsd: number): number => Math.round(microUsd / MICRO_USD_PER_CENT);

export { newMeter, readMeter, setRate, toCents, toMicroUsd };
