import * as z from 'zod';
import type { NodeHealthState } from '../nodes/node-health.ts';

const countSchema = z.int().nonnegative();

/** Nodes that are expected to work (active or draining), by their health. */
const nodeCountsSchema = z.object({
  expected: countSchema,
  healthy: countSchema,
  degraded: countSchema,
  unhealthy: countSchema,
  unreachable: countSchema,
  unknown: countSchema,
});
type NodeCounts = z.infer<typeof nodeCountsSchema>;

const countNodes = (states: readonly NodeHealthState[]): NodeCounts => {
  const counts: NodeCounts = {
    expected: states.length,
    healthy: 0,
    degraded: 0,
    unhealthy: 0,
    unreachable: 0,
    unknown: 0,
  };
  for (const state of states) counts[state] += 1;
  return counts;
};

export type { NodeCounts };
export { countNodes, nodeCountsSchema };
