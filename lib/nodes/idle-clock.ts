import * as z from 'zod';
import { timestampSchema } from '../time.ts';

/** Why a heartbeat did not look idle: one vocabulary for the clock, decisions and `drover explain`. */
const busySignalSchema = z.enum([
  'gpu-busy',
  'gpu-unknown',
  'cpu-busy',
  'cpu-unknown',
  'lease',
  'command-running',
  'transfer-running',
  'ssh-session',
  'ssh-unknown',
  'probe-busy',
  'gap',
]);
type BusySignal = z.infer<typeof busySignalSchema>;

/**
 * How long a node has looked idle, kept with each heartbeat in the node item: a control plane that restarts forgets nothing.
 * One heartbeat with a busy or unknown signal, or a gap between two, starts it anew.
 */
const idleClockSchema = z.object({
  /** Digest of the limits that it was kept under: other limits start it anew. */
  criteria: z.string(),
  /** The first of the idle heartbeats in a row; absent: the last one was not idle. */
  idleSince: timestampSchema.optional(),
  /** Idle heartbeats in a row. */
  samples: z.int().nonnegative(),
  lastSampleAt: timestampSchema,
  /** The last heartbeat that was not idle, and all that spoke against it. */
  busyAt: timestampSchema.optional(),
  busySignals: z.array(busySignalSchema).default([]),
  /** The last heartbeat in which somebody used the node: what ends a drain. Its own flush and hooks are no such use. */
  activityAt: timestampSchema.optional(),
  /** Since when every GPU has been below the limit, whatever else was going on: work that uses no GPU shows here. */
  gpuIdleSince: timestampSchema.optional(),
  /** Highest in the idle stretch. */
  peakGpuPercent: z.number().optional(),
  peakCpuPercent: z.number().optional(),
});
type IdleClock = z.infer<typeof idleClockSchema>;

export type { BusySignal, IdleClock };
export { busySignalSchema, idleClockSchema };
