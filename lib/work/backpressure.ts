import * as z from 'zod';

/** How much the making of work is held back: `slow` makes a quarter, and a trickle for who has nothing; `stop` makes nothing. */
const backpressureLevelSchema = z.enum(['none', 'slow', 'stop']);
type BackpressureLevel = z.infer<typeof backpressureLevelSchema>;

/** What can hold it back. */
const backpressureSourceSchema = z.enum(['queue', 'unsynced-data', 'disk', 'training']);
type BackpressureSource = z.infer<typeof backpressureSourceSchema>;

const backpressureReadingSchema = z.object({
  source: backpressureSourceSchema,
  level: backpressureLevelSchema,
  /** How full, 1 = its hard limit; absent: unknown, and the level is that of before. */
  fraction: z.number().nonnegative().optional(),
  /** What was found, in a sentence. */
  message: z.string(),
});
type BackpressureReading = z.infer<typeof backpressureReadingSchema>;

export type { BackpressureLevel, BackpressureReading, BackpressureSource };
export { backpressureLevelSchema, backpressureReadingSchema, backpressureSourceSchema };
