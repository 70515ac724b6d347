import * as z from 'zod';
import type { Instance } from './instance.ts';

const MICRO_USD_PER_USD = 1_000_000;
const MICRO_USD_PER_CENT = 10_000;

/** Integer micro-dollars; undefined when the provider says nothing, or nothing that a price can be. */
const microUsdFromUsd = (usd: number | null | undefined): number | undefined => {
  const microUsd = Math.round((usd ?? Number.NaN) * MICRO_USD_PER_USD);
  return Number.isSafeInteger(microUsd) && microUsd >= 0 ? microUsd : undefined;
};

const microUsdFromCents = (cents: number): number => cents * MICRO_USD_PER_CENT;

const MICRO_USD_DIGITS = 6;

/** Dollars as a person writes them in a file, `0.5` or `"0.50"`, kept as the shortest decimal text: never a float. */
const decimalUsdSchema = z
  .union([z.number(), z.string()], 'write dollars as 1 or 0.50')
  .transform(String)
  .refine(
    (text) => /^(0|[1-9]\d{0,5})(\.\d{1,6})?$/.test(text),
    'write dollars as 1 or 0.50: at most 6 decimals, not negative',
  )
  .transform((text) => (text.includes('.') ? text.replace(/\.?0+$/, '') : text));

/** Micro-dollars of a text that `decimalUsdSchema` accepted. */
const microUsdFromDecimal = (text: string): number => {
  const [dollars, decimals = ''] = text.split('.');
  return Number(dollars) * MICRO_USD_PER_USD + Number(decimals.padEnd(MICRO_USD_DIGITS, '0'));
};

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
export {
  chargeFields,
  decimalUsdSchema,
  microUsdFromCents,
  microUsdFromDecimal,
  microUsdFromUsd,
  usdFromMicroUsd,
};
