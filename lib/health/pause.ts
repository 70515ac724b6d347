import * as z from 'zod';
import { secondsSince, timestampSchema } from '../time.ts';

const pauseTriggerSchema = z.enum([
  'score-critical',
  'nodes-not-operational',
  'critical-circuit-open',
  'error-burst',
]);
type PauseTriggerName = z.infer<typeof pauseTriggerSchema>;

/**
 * The pause machine: `running → paused → recovering → running`. `recovering` is still a pause: its conditions hold, and must once more.
 * A pause by hand is a hold, which this machine neither sets nor lifts.
 */
const pauseSchema = z.object({
  state: z.enum(['running', 'paused', 'recovering']),
  since: timestampSchema,
  /** Why, in sentences; of the last evaluation that had any. */
  reasons: z.array(z.string()),
  /** The start of this pause, or of the last. */
  pausedAt: timestampSchema.optional(),
  /** The end of the last pause. */
  resumedAt: timestampSchema.optional(),
  /** For how many evaluations in a row each trigger holds. */
  holding: z.partialRecord(pauseTriggerSchema, z.int().positive()),
  evaluatedAt: timestampSchema,
  revision: z.int().positive(),
});
type Pause = z.infer<typeof pauseSchema>;
type NextPause = Omit<Pause, 'revision'>;

/** An evaluation older than this says nothing: five missed minutes of `score-health`. */
const STALE_PAUSE_SECONDS = 300;

/** Whether the machine holds new work back. `unknown` holds nothing back: starting work destroys nothing. */
const pauseState = (
  pause: Pick<Pause, 'state' | 'evaluatedAt'> | undefined,
  now: Date,
): 'running' | 'paused' | 'unknown' => {
  if (pause === undefined || secondsSince(pause.evaluatedAt, now) > STALE_PAUSE_SECONDS) return 'unknown';
  return pause.state === 'running' ? 'running' : 'paused';
};

export type { NextPause, Pause, PauseTriggerName };
export { pauseSchema, pauseState, pauseTriggerSchema };
