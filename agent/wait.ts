import { setTimeout as sleep } from 'node:timers/promises';

/** Waits, or returns early when `signal` aborts. True when the whole time passed. */
const wait = async (seconds: number, signal: AbortSignal): Promise<boolean> => {
  try {
    await sleep(seconds * 1000, undefined, { signal });
    return true;
  } catch {
    // The only way that this sleep fails is the abort.
    return false;
  }
};

/** What the rest of the agent needs of time and chance; tests pass their own. */
interface Timing {
  now(): Date;
  /** In [0, 1). */
  random(): number;
  wait(seconds: number, signal: AbortSignal): Promise<boolean>;
}

const systemTiming: Timing = { now: () => new Date(), random: () => Math.random(), wait };

/** Resolves when the signal aborts. */
const whenAborted = async (signal: AbortSignal): Promise<void> => {
  if (!signal.aborted)
    await new Promise((resolve) => signal.addEventListener('abort', resolve, { once: true }));
};

export type { Timing };
export { systemTiming, wait, whenAborted };
