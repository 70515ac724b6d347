import { BRAKE_GUARDS } from './brake-guards.ts';
import { DRAIN_GUARDS } from './drain-guards.ts';
import type { Guard } from './guard.ts';
import { IDLENESS_GUARDS } from './idleness-guards.ts';

/** Each guard, and how it is taken away. */
const GUARDS: readonly Guard[] = [...BRAKE_GUARDS, ...IDLENESS_GUARDS, ...DRAIN_GUARDS];

export { GUARDS };
