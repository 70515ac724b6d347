import * as z from 'zod';
import { healthConfigSchema } from '../health/health-policy.ts';
import { idleConfigSchema } from '../idle/idle-config.ts';
import { replicationConfigSchema } from '../replication/replication-config.ts';
import { syncConfigSchema } from '../sync/sync-config.ts';
import { workConfigSchema } from '../work/work-config.ts';
import { dataConfigSchema } from './data-config.ts';

/**
 * All of fleet.yaml: one section per feature, each with a schema of its own. It keeps what a person wrote; what is not written is
 * filled in where it is used, so that a better default reaches every installation that never chose another value.
 */
const fleetConfigSchema = z.strictObject({
  idle: idleConfigSchema.prefault({}).describe('When a node is idle, and what happens to it then.'),
  health: healthConfigSchema
    .prefault({})
    .describe('When a node, or the whole system, is in trouble, and what happens then.'),
  work: workConfigSchema
    .prefault({})
    .describe('Which jobs there are, what they are for, and which nodes may run them.'),
  data: dataConfigSchema.prefault({}).describe('Which files on nodes are data, and which nobody would miss.'),
  replication: replicationConfigSchema
    .prefault({})
    .describe('How many copies of data there are to be beside the one in the store.'),
  sync: syncConfigSchema.prefault({}).describe('How data gets into the store, and from there to nodes.'),
});
type FleetConfig = z.infer<typeof fleetConfigSchema>;

/** Every default. */
const defaultFleetConfig = (): FleetConfig => fleetConfigSchema.parse({});

/** One applied version must fit one item, and be small enough to be read by every function each minute. */
const MAX_CONFIG_BYTES = 128 * 1024;

export type { FleetConfig };
export { defaultFleetConfig, fleetConfigSchema, MAX_CONFIG_BYTES };
