import { createItemInMemory } from '../item-in-memory.ts';
import type { NextSchedules, ScheduleStore } from './schedule-store.ts';

/** ScheduleStore in memory. */
const createMemoryScheduleStore = (): ScheduleStore => createItemInMemory<NextSchedules>();

export { createMemoryScheduleStore };
