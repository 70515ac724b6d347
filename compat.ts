/**
 * `drover/compat`: old names of the daemons that Drover replaces, on the real installation. Each that is deprecated warns once per
 * process; lib/migration/deprecations.ts says which, and docs/users/migrating.md how they behave.
 */

export * from './compat/distribution.ts';
export * from './compat/events.ts';
export * from './compat/health.ts';
export * from './compat/idle.ts';
export type { Options } from './compat/installation.ts';
export * from './compat/replication.ts';
export * from './compat/sync.ts';
export * from './compat/work.ts';
export type { HealthFacade, NodeHealthView } from './lib/health/facade.ts';
export type { FleetHealth } from './lib/health/fleet-health.ts';
export type { SyncFacade, SyncOrder, SyncOutcome } from './lib/sync/facade.ts';
