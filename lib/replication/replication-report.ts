import * as z from 'zod';
import { timestampSchema } from '../time.ts';

const alertKindSchema = z.enum([
  'lost',
  'single-copy',
  'under-replicated',
  'target-beyond-fleet',
  'not-recounted',
]);
type AlertKind = z.infer<typeof alertKindSchema>;

const alertSchema = z.object({
  kind: alertKindSchema,
  severity: z.enum(['critical', 'warning']),
  message: z.string(),
  /** What it counts: artifacts, or nodes that are missing. */
  count: z.int().nonnegative(),
  since: timestampSchema,
  /** The last time that it was told. */
  toldAt: timestampSchema,
});
type ReplicationAlert = z.infer<typeof alertSchema>;

/** How safe the data is, as of the last full count: `REPLICATION` / `report`. */
const replicationReportSchema = z.object({
  countedAt: timestampSchema,
  /** Artifacts that were ever looked at: what a crash between two writes leaves out is a rounding error of a ratio. */
  total: z.int().nonnegative(),
  changed: z.int().nonnegative(),
  under: z.int().nonnegative(),
  short: z.int().nonnegative(),
  lost: z.int().nonnegative(),
  single: z.int().nonnegative(),
  none: z.int().nonnegative(),
  /** 0 to 100: 100 − 50·under − 30·single − 100·lost − 20·failed repairs, as ratios. */
  score: z.number().min(0).max(100),
  alerts: z.array(alertSchema),
  revision: z.int().positive(),
});
type ReplicationReport = z.infer<typeof replicationReportSchema>;
type NextReport = Omit<ReplicationReport, 'revision'>;

export type { AlertKind, NextReport, ReplicationAlert, ReplicationReport };
export { alertKindSchema, alertSchema, replicationReportSchema };
