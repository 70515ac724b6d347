import * as z from 'zod';
import { secondsSince, timestampSchema } from '../time.ts';

/**
 * The brake on mass failure (design.md section 5, invariant 4): when many nodes seem to fail at once, the observer is the suspect,
 * and nothing is destroyed.
 */
const brakeSchema = z.object({
  /** The last evaluation, also when it changed nothing: an old answer is no answer. */
  evaluatedAt: timestampSchema,
  on: z.boolean(),
  since: timestampSchema.optional(),
  /** The last time that a node became unhealthy or unreachable, of those that put the brake on or keep it. */
  lastChangeAt: timestampSchema.optional(),
  /** Nodes that became unhealthy or unreachable within the window. */
  changed: z.int().nonnegative(),
  /** Nodes that are expected to work: active or draining. */
  expected: z.int().nonnegative(),
  revision: z.int().positive(),
});
type Brake = z.infer<typeof brakeSchema>;
type NextBrake = Omit<Brake, 'revision'>;

/** An evaluation older than this says nothing: five missed minutes of `score-health`. */
const STALE_BRAKE_SECONDS = 300;

/** How the brake stands. Only `off` lets anything destructive happen: a brake that nobody evaluates is not off. */
const brakeState = (brake: Brake | undefined, now: Date): 'off' | 'on' | 'unknown' => {
  if (brake === undefined || secondsSince(brake.evaluatedAt, now) > STALE_BRAKE_SECONDS) return 'unknown';
  return brake.on ? 'on' : 'off';
};

export type { Brake, NextBrake };
export { brakeSchema, brakeState, STALE_BRAKE_SECONDS };
