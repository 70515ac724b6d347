import { resolveHealthPolicy } from '../health/health-policy.ts';
import type { Heartbeat } from '../nodes/heartbeat.ts';

/** The tier at which a node stops producing data (sync 1.4): 93 %, of which one place knows. */
const policy = resolveHealthPolicy({}).disk;

/** Whether a disk has no room for what a job would make. */
const isDiskFull = ({ usedPercent }: NonNullable<Heartbeat['disk']>): boolean =>
  usedPercent >= policy.unhealthyPercent;

export { isDiskFull };
