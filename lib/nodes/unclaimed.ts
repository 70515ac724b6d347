import * as z from 'zod';

/** At most so many paths are named; count and bytes have them all. */
const MAX_SAMPLE = 20;

/** Files that are no known artifact: under the node's data paths, created or changed since it enrolled, not ignored. */
const unclaimedSchema = z.object({
  count: z.int().nonnegative(),
  bytes: z.int().nonnegative(),
  /** The largest of them. */
  sample: z
    .array(z.object({ path: z.string().max(1024), bytes: z.int().nonnegative() }))
    .max(MAX_SAMPLE)
    .default([]),
});
type Unclaimed = z.infer<typeof unclaimedSchema>;

export type { Unclaimed };
export { MAX_SAMPLE, unclaimedSchema };
