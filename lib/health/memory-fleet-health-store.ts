import { createItemInMemory } from '../item-in-memory.ts';
import type { FleetHealthStore, NextEvaluation } from './fleet-health-store.ts';

/** FleetHealthStore in memory. */
const createMemoryFleetHealthStore = (): FleetHealthStore => createItemInMemory<NextEvaluation>();

export { createMemoryFleetHealthStore };
