import * as z from 'zod';
import { secondsSince } from '../time.ts';
import type { ReplicationReport } from './replication-report.ts';
import { replicationLevel } from './replication-score.ts';

/** How safe the data is, for the document of health: a figure of its own, beside the score of the fleet. */
const dataHealthSchema = z.object({
  /** 0 to 100, in whole points; 100 only when nothing is missing. */
  score: z.int().min(0).max(100),
  level: z.enum(['healthy', 'degraded', 'unhealthy', 'critical']),
  lost: z.int().nonnegative(),
  under: z.int().nonnegative(),
});
type DataHealth = z.infer<typeof dataHealthSchema>;

/** Three full counts. */
const MAX_AGE_SECONDS = 900;

/** What the last full count says; undefined = unknown: nobody has counted, or not for a quarter of an hour. */
const dataHealthOf = (report: ReplicationReport | undefined, now: Date): DataHealth | undefined => {
  if (report === undefined || secondsSince(report.countedAt, now) > MAX_AGE_SECONDS) return undefined;
  const { score, lost, under } = report;
  return { score: Math.floor(score), level: replicationLevel(score), lost, under };
};

export type { DataHealth };
export { dataHealthOf, dataHealthSchema };
