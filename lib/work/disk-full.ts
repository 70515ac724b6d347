import { type HealthConfig, resolveHealthPolicy } from '../health/health-policy.ts';
import type { Heartbeat } from '../nodes/heartbeat.ts';

/** The tier at which a node stops producing data (sync 1.4), in percent used: where health calls its disk unhealthy, 93 unless fleet.yaml says otherwise. */
const fullDiskPercentOf = (health: HealthConfig): number => resolveHealthPolicy(health).disk.unhealthyPercent;

/** Whether a disk has no room for what a job would make. */
const isDiskFull = (
  { usedPercent }: NonNullable<Heartbeat['disk']>,
  policy: { readonly fullDiskPercent: number },
): boolean => usedPercent >= policy.fullDiskPercent;

export { fullDiskPercentOf, isDiskFull };
