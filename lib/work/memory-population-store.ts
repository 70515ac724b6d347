import { createItemInMemory } from '../item-in-memory.ts';
import type { NextPopulation, PopulationStore } from './population.ts';

/** PopulationStore in memory. */
const createMemoryPopulationStore = (): PopulationStore => createItemInMemory<NextPopulation>();

export { createMemoryPopulationStore };
