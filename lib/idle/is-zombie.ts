import type { Node } from '../nodes/node.ts';
import { secondsSince } from '../time.ts';

/**
 * Work is held, and no GPU has moved for so long: broken rather than idle, and to be mended rather than ended. A node without GPUs
 * cannot be one, nor can one that does not tell of all its GPUs: its clock has no `gpuIdleSince`. Granting a lease starts that anew.
 * Pure.
 * @param zombieSeconds of the node's idle policy; at exactly so long it is one
 */
const isZombie = (
  { leases, heartbeat, idleClock }: Pick<Node, 'leases' | 'heartbeat' | 'idleClock'>,
  zombieSeconds: number,
  now: Date,
): boolean => {
  const hasGpus = (heartbeat?.gpus ?? []).length > 0;
  const gpuIdleSince = idleClock?.gpuIdleSince;
  return (
    Object.keys(leases).length > 0 &&
    hasGpus &&
    gpuIdleSince !== undefined &&
    secondsSince(gpuIdleSince, now) >= zombieSeconds
  );
};

export { isZombie };
