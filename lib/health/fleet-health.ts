import * as z from 'zod';
import { nodeIdSchema } from '../ids.ts';
import { nodeHealthReasonSchema, nodeHealthStateSchema } from '../nodes/node-health.ts';
import { dataHealthSchema } from '../replication/data-health.ts';
import { timestampSchema } from '../time.ts';
import { stageSchema } from './circuit.ts';
import { healthComponentSchema } from './health-component.ts';
import { nodeCountsSchema } from './node-counts.ts';

const healthLevelSchema = z.enum(['healthy', 'degraded', 'unhealthy', 'critical', 'unknown']);
type HealthLevel = z.infer<typeof healthLevelSchema>;

/**
 * How the fleet is, in one document: the item `HEALTH` / `fleet`, `state/fleet.json` in the store, and `fleet-health.json` on each node.
 * After `validUntil` it says nothing. docs/users/health.md describes it for other languages.
 */
const fleetHealthSchema = z.object({
  schemaVersion: z.literal(1),
  asOf: timestampSchema,
  validUntil: timestampSchema,
  /** 0 to 100; absent = unknown. */
  score: z.int().min(0).max(100).optional(),
  level: healthLevelSchema,
  components: z.array(healthComponentSchema),
  /** Whether no new work should start: by the pause machine, or by a hold on the fleet. */
  pause: z.boolean(),
  pauseReasons: z.array(z.string()),
  /** Stages that may be tried once although the pipeline is paused: a run that succeeds is the proof that ends the pause. */
  mayProbe: z.array(stageSchema),
  /** `suspect`: so many nodes seem to fail at once that Drover doubts its own view. */
  observer: z.enum(['trusted', 'suspect', 'unknown']),
  /** Absent = the nodes could not be read. */
  nodes: nodeCountsSchema.optional(),
  /** How safe the data is; no part of the score. Absent = unknown. */
  data: dataHealthSchema.optional(),
  /** Expected nodes that are not healthy, at most 100 of them. */
  notHealthy: z.array(
    z.object({
      nodeId: nodeIdSchema,
      state: nodeHealthStateSchema,
      since: timestampSchema,
      reasons: z.array(nodeHealthReasonSchema),
    }),
  ),
});
type FleetHealth = z.infer<typeof fleetHealthSchema>;

/** Written every 5 minutes at least, fetched every minute: longer than both together, and one failure. */
const FLEET_HEALTH_VALID_SECONDS = 600;
const FLEET_HEALTH_EVERY_SECONDS = 300;
const MAX_LISTED_NODES = 100;

export type { FleetHealth, HealthLevel };
export {
  FLEET_HEALTH_EVERY_SECONDS,
  FLEET_HEALTH_VALID_SECONDS,
  fleetHealthSchema,
  healthLevelSchema,
  MAX_LISTED_NODES,
};
