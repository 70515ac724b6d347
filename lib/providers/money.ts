import type { Instance } from './instance.ts';

const MICRO_USD_PER_USD = 1_000_000;
const MICRO_USD_PER_CENT = 10_000;

/** Integer micro-dollars; undefined when the provider says nothing, or nothing that a price can be. */
const microUsdFromUsd = (usd: number | null | undefined): number | undefined => {
  const microUsd = Math.round((usd ?? Number.NaN) * MICRO_USD_PER_USD);
  return Number.isSafeInteger(microUsd) && microUsd >= 0 ? microUsd : undefined;
};

const microUsdFromCents = (cents: number): number => cents * MICRO_USD_PER_CENT;

/** For screens and metrics only: sums are made in micro-dollars. */
const usdFromMicroUsd = (microUsd: number): number => microUsd / MICRO_USD_PER_USD;

/** How an instance is charged at this moment. */
type Charging = 'charged' | 'free' | 'unknown';

/**
 * The two fields of an instance that say so. A price of 0 for something that is charged is not believed: it is what
 * providers answer when they do not know.
 */
const chargeFields = (
  charging: Charging,
  microUsdPerHour?: number,
): Pick<Instance, 'bills' | 'chargeMicroUsdPerHour'> => {
  if (charging === 'free') return { bills: false, chargeMicroUsdPerHour: 0 };
  if (charging === 'unknown' || microUsdPerHour === 0) return { bills: 'unknown' };
  return microUsdPerHour === undefined
    ? { bills: true }
    : { bills: true, chargeMicroUsdPerHour: microUsdPerHour };
};

export type { Charging };
export { chargeFields, microUsdFromCents, microUsdFromUsd, usdFromMicroUsd };
