import * as z from 'zod';
import { secondsSince, timestampSchema } from '../time.ts';
import type { HealthPolicy } from './health-policy.ts';

/** The stages of the pipeline that nothing goes on without. */
const stageSchema = z.enum(['training', 'evaluation', 'promotion']);
type Stage = z.infer<typeof stageSchema>;

/** What the pipeline's own events say of one stage. */
const circuitSchema = z.object({
  stage: stageSchema,
  /** Failures in a row. */
  failures: z.int().nonnegative(),
  /** Absent: closed. */
  openedAt: timestampSchema.optional(),
  lastFailureAt: timestampSchema.optional(),
  lastFailure: z.string().optional(),
  /** When the last run that succeeded said so: an older failure that comes late proves nothing. */
  lastSuccessAt: timestampSchema.optional(),
  /** Events that are counted already, the newest last: a repeat counts once. */
  recentEventIds: z.array(z.string()),
  revision: z.int().positive(),
});
type Circuit = z.infer<typeof circuitSchema>;
type NextCircuit = Omit<Circuit, 'revision'>;

type CircuitState = 'closed' | 'half-open' | 'open';

/**
 * How the circuit stands now. Open, until it may be tried again; half-open, until a run proves that the stage works or nobody tried
 * for so long that the block ends by itself.
 */
const circuitState = (
  circuit: Pick<Circuit, 'openedAt'> | undefined,
  policy: HealthPolicy['circuit'],
  now: Date,
): CircuitState => {
  if (circuit?.openedAt === undefined) return 'closed';
  const openSeconds = secondsSince(circuit.openedAt, now);
  if (openSeconds >= policy.forgetAfterSeconds) return 'closed';
  return openSeconds >= policy.halfOpenAfterSeconds ? 'half-open' : 'open';
};

export type { Circuit, CircuitState, NextCircuit, Stage };
export { circuitSchema, circuitState, stageSchema };
