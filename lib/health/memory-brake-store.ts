import { createItemInMemory } from '../item-in-memory.ts';
import type { NextBrake } from './brake.ts';
import type { BrakeStore } from './brake-store.ts';

/** BrakeStore in memory. */
const createMemoryBrakeStore = (): BrakeStore => createItemInMemory<NextBrake>();

export { createMemoryBrakeStore };
