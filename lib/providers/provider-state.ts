import * as z from 'zod';
import { FRESH_LISTING_SECONDS } from '../constants.ts';
import { providerSchema } from '../nodes/node.ts';
import { secondsSince, timestampSchema } from '../time.ts';

const countsSchema = z.object({
  listed: z.int().nonnegative(),
  running: z.int().nonnegative(),
  /** Not running, but charged. */
  idleBilling: z.int().nonnegative(),
  unmanaged: z.int().nonnegative(),
  unknownStatus: z.int().nonnegative(),
});

/** Sums of the provider's instances, as of the last cycle; each is rounded once. */
const spendSummarySchema = z.object({
  asOf: timestampSchema,
  microUsdPerHour: z.int().nonnegative(),
  dayMicroUsd: z.int().nonnegative(),
  monthMicroUsd: z.int().nonnegative(),
  /** Instances whose price is not known: the sums are lower than the bill. */
  unpricedCount: z.int().nonnegative(),
});

/** How a provider's listing stands. */
const providerStateSchema = z.object({
  provider: providerSchema,
  attemptedAt: timestampSchema,
  /** The last complete listing that was believed in full. */
  listedAt: timestampSchema.optional(),
  /** The last complete listing, believed or held back. */
  completeAt: timestampSchema.optional(),
  /** Counts complete listings; written before anything that one proves, so that a cycle that died is a gap in the count. */
  listingNumber: z.int().nonnegative().default(0),
  /** Why the last attempt failed; `since` is the first of the failures in a row. */
  failure: z.object({ kind: z.string(), message: z.string(), since: timestampSchema }).optional(),
  /** Complete listings in a row that shrank too much to be believed. */
  suspect: z
    .object({
      since: timestampSchema,
      listings: z.int().positive(),
      missing: z.int().positive(),
      known: z.int().positive(),
    })
    .optional(),
  counts: countsSchema.optional(),
  spend: spendSummarySchema.optional(),
  revision: z.int().positive(),
});
type ProviderState = z.infer<typeof providerStateSchema>;
type NextProviderState = Omit<ProviderState, 'revision'>;
type SpendSummary = z.infer<typeof spendSummarySchema>;

/** How far a provider's listing can be relied on; everything that shows or uses it says this. */
const listingTrust = (
  state: Pick<ProviderState, 'listedAt' | 'suspect'> | undefined,
  now: Date,
): 'fresh' | 'stale' | 'suspect' | 'never-listed' => {
  if (state?.listedAt === undefined) return 'never-listed';
  if (state.suspect !== undefined) return 'suspect';
  return secondsSince(state.listedAt, now) > FRESH_LISTING_SECONDS ? 'stale' : 'fresh';
};

export type { NextProviderState, ProviderState, SpendSummary };
export { listingTrust, providerStateSchema };
