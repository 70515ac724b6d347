import { createItemInMemory } from '../item-in-memory.ts';
import type { NextPause } from './pause.ts';
import type { PauseStore } from './pause-store.ts';

/** PauseStore in memory. */
const createMemoryPauseStore = (): PauseStore => createItemInMemory<NextPause>();

export { createMemoryPauseStore };
