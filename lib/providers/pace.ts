import * as z from 'zod';
import { timestampSchema } from '../time.ts';

/** The state of one rate limit of one provider account, shared by all functions: its next free turn and its circuit breaker. */
const paceSchema = z.object({
  /** The first turn that nobody has reserved. */
  nextAt: timestampSchema,
  /** The provider asked for silence until then. */
  blockedUntil: timestampSchema.optional(),
  /** Failures in a row. */
  failures: z.int().nonnegative(),
  breaker: z.enum(['closed', 'open', 'half-open']),
  /** Open: the probe may go from then on. Half-open: by then the probe counts as lost and another may go. */
  breakerUntil: timestampSchema.optional(),
  /** Why the last request failed. */
  lastFailure: z.string().optional(),
  revision: z.int().positive(),
});
type Pace = z.infer<typeof paceSchema>;

interface PacePolicy {
  /** A turn that is further away than this is refused instead of waited for. */
  readonly maxWaitSeconds: number;
  /** Failures in a row that open the breaker. */
  readonly failuresToOpen: number;
  /** First wait of an open breaker and of a throttled provider; doubled with each further failure. */
  readonly baseBackoffSeconds: number;
  /** Nothing stays closed to us for longer than this (health-and-idle.md section 3: 300 s). */
  readonly maxBackoffSeconds: number;
  /** A probe without an outcome is lost after this: its function died. */
  readonly probeSeconds: number;
  /** Turns of a window that are left to requests under way. */
  readonly quotaHeadroom: number;
  /** Added to the documented interval: requests arrive closer together than they were sent. */
  readonly intervalMarginSeconds: number;
}

const PACE_POLICY: PacePolicy = {
  maxWaitSeconds: 30,
  failuresToOpen: 4,
  baseBackoffSeconds: 15,
  maxBackoffSeconds: 300,
  probeSeconds: 60,
  quotaHeadroom: 2,
  intervalMarginSeconds: 0.1,
};

export type { Pace, PacePolicy };
export { PACE_POLICY, paceSchema };
