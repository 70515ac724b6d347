import type { MarkCounts } from '../artifacts/replica-mark.ts';
import type { RepairLedger } from './repair-ledger.ts';

/** Repairs that ended this hour and the one before. */
const endedRepairs = (ledger: RepairLedger | undefined): { succeeded: number; failed: number } => ({
  succeeded: (ledger?.outcomes ?? []).reduce((sum, { succeeded }) => sum + succeeded, 0),
  failed: (ledger?.outcomes ?? []).reduce((sum, { failed }) => sum + failed, 0),
});

const ratio = (part: number, whole: number): number => (whole === 0 ? 0 : Math.min(1, part / whole));

/**
 * How safe the data is, 0 to 100 (sync sheet, 9.3): 100 − 50·under − 30·single − 100·lost − 20·failed repairs, each as a share. One that is
 * lost is below its minimum, too. Without artifacts, nothing is at risk.
 */
const replicationScore = (
  counts: Pick<MarkCounts, 'under' | 'lost' | 'single'>,
  total: number,
  repairs: { readonly succeeded: number; readonly failed: number },
): number => {
  const { under, lost, single } = counts;
  // Some may bear a mark that nobody has counted yet.
  const whole = Math.max(total, under + lost);
  const score =
    100 -
    50 * ratio(under + lost, whole) -
    30 * ratio(single, whole) -
    100 * ratio(lost, whole) -
    20 * ratio(repairs.failed, repairs.failed + repairs.succeeded);
  return Math.max(0, Math.min(100, score));
};

type ReplicationLevel = 'healthy' | 'degraded' | 'unhealthy' | 'critical';

const replicationLevel = (score: number): ReplicationLevel => {
  if (score >= 90) return 'healthy';
  if (score >= 70) return 'degraded';
  return score >= 50 ? 'unhealthy' : 'critical';
};

export type { ReplicationLevel };
export { endedRepairs, replicationLevel, replicationScore };
