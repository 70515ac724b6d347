import { createItemInMemory } from '../item-in-memory.ts';
import type { BlockedStore, NextBlocked } from './blocked-store.ts';

/** BlockedStore in memory. */
const createMemoryBlockedStore = (): BlockedStore => createItemInMemory<NextBlocked>();

export { createMemoryBlockedStore };
