import * as z from 'zod';

/** When each schedule last ran: `SYNC` / `schedules`. */
const schedulesSchema = z.object({
  turns: z.record(z.string(), z.int().nonnegative()),
  revision: z.int().positive(),
});
type Schedules = z.infer<typeof schedulesSchema>;
type NextSchedules = Omit<Schedules, 'revision'>;

interface ScheduleStore {
  get(): Promise<Schedules | undefined>;
  /** False when another wrote it since revision `expectedRevision` (undefined: there was none). */
  put(next: NextSchedules, expectedRevision: number | undefined): Promise<boolean>;
}

export type { NextSchedules, ScheduleStore };
export { schedulesSchema };
