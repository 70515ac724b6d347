import * as z from 'zod';

/** What syncs made nodes take from the store on one day (UTC). */
const egressSchema = z.object({
  day: z.iso.date(),
  bytes: z.int().nonnegative(),
  /** Distributions that are counted: an event that comes twice counts once. The oldest are left out when there are many. */
  counted: z.array(z.string()).max(500),
  /** The steps of the budget that were announced. */
  announced: z.array(z.union([z.literal(80), z.literal(100)])),
  revision: z.int().nonnegative(),
});
type Egress = z.infer<typeof egressSchema>;
type NextEgress = Omit<Egress, 'revision'>;

interface EgressStore {
  get(day: string): Promise<Egress | undefined>;
  /** Writes it if nobody wrote the day's since revision `expectedRevision` (undefined: there was none). False when another was faster. */
  put(egress: NextEgress, expectedRevision: number | undefined): Promise<boolean>;
}

export type { Egress, EgressStore, NextEgress };
export { egressSchema };
