import { setTimeout as delay } from 'node:timers/promises';

/** Waits inside `lib`, passed in like the clock, so that tests and simulations need not really wait. */
type Wait = (milliseconds: number, signal?: AbortSignal) => Promise<void>;

/** @throws AbortError when the signal aborts the wait */
const systemWait: Wait = (milliseconds, signal) =>
  delay(milliseconds, undefined, signal === undefined ? {} : { signal });

export type { Wait };
export { systemWait };
